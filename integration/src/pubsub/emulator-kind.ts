import { startPubSubEmulator } from '@sluice/emulator-pubsub';
import type { ServerKind } from './server.ts';

/** The emulator of this repository, in memory. */
export const emulatorKind: ServerKind = { name: 'the emulator', start: () => startPubSubEmulator() };
