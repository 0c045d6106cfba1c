import { brokerContract } from '@sluice/contract-tests';
import { startPubSubEmulator } from '@sluice/emulator-pubsub';
import { PUBSUB_FEATURES, pubSubUnderTest } from './pubsub-under-test.ts';

/** The broker's contract, on an emulator of its own. */
export function emulatorContract(name: string, options: { readonly exactlyOnce: boolean }): void {
  brokerContract({
    name,
    features: PUBSUB_FEATURES,
    open: async () => {
      await using opened = new AsyncDisposableStack();
      const emulator = opened.use(await startPubSubEmulator());
      const under = opened.use(await pubSubUnderTest(emulator.address, options));
      const all = opened.move();
      return { ...under, [Symbol.asyncDispose]: () => all.disposeAsync() };
    },
  });
}
