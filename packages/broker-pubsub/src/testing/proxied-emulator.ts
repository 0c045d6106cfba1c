import { type PubSubEmulator, startPubSubEmulator } from '@sluice/emulator-pubsub';
import { type TcpProxy, tcpProxy } from '@sluice/testing';

/** An emulator behind a proxy that can make the network misbehave. */
export interface ProxiedEmulator extends AsyncDisposable {
  readonly emulator: PubSubEmulator;
  readonly proxy: TcpProxy;
}

export async function proxiedEmulator(): Promise<ProxiedEmulator> {
  await using opened = new AsyncDisposableStack();
  const emulator = opened.use(await startPubSubEmulator());
  const proxy = opened.use(await tcpProxy({ host: emulator.host, port: emulator.port }));
  const all = opened.move();
  return { emulator, proxy, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
