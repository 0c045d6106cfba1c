export type { Clock } from '@sluice/durable-log';
export type { BrokerEvent } from './events.ts';
export type { Faults, ProduceFault } from './faults.ts';
export type { KafkaEmulatorOptions } from './options.ts';
export type { KafkaEmulator } from './running-emulator.ts';
export { startKafkaEmulator } from './server.ts';
