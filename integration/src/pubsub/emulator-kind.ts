import { startPubSubEmulator } from '@sluice/emulator-pubsub';
import { temporaryDirectory } from '@sluice/testing';
import type { ServerKind } from './server.ts';

/** The emulator of this repository, in memory. */
export const emulatorInMemory: ServerKind = { name: 'the emulator in memory', start: () => startPubSubEmulator() };

/** The same with a directory that goes when it ends. */
export const emulatorOnDisk: ServerKind = {
  name: 'the emulator on disk',
  async start() {
    await using opened = new AsyncDisposableStack();
    const directory = opened.use(await temporaryDirectory('sluice-pubsub-'));
    const { address } = opened.use(await startPubSubEmulator({ directory: directory.path }));
    const all = opened.move();
    return { address, [Symbol.asyncDispose]: () => all.disposeAsync() };
  },
};
