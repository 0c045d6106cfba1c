import { type KafkaEmulator, type KafkaEmulatorOptions, startKafkaEmulator } from '@sluice/emulator-kafka';
import { type TcpProxy, tcpProxy } from '@sluice/testing';

export interface ProxiedEmulator extends AsyncDisposable {
  readonly emulator: KafkaEmulator;
  readonly proxy: TcpProxy;
}

/** The emulator, which tells its clients to come through the proxy. */
export async function proxiedEmulator(options: KafkaEmulatorOptions = {}): Promise<ProxiedEmulator> {
  await using opened = new AsyncDisposableStack();
  const proxy = opened.use(await tcpProxy({ host: '127.0.0.1', port: 1 }));
  const emulator = opened.use(await startKafkaEmulator({ ...options, advertisedPort: proxy.port }));
  proxy.target = emulator;
  const all = opened.move();
  return { emulator, proxy, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
