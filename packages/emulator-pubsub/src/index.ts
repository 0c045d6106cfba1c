export type { Clock } from '@sluice/durable-log';
export type { EmulatorEvent } from './events.ts';
export type { Faults, PublishFailureCode } from './faults.ts';
export type { PubSubEmulatorOptions } from './options.ts';
export type { PubSubEmulator } from './running-emulator.ts';
export { startPubSubEmulator } from './server.ts';
