export type { KafkaLogEntry } from './client/client.ts';
export { type KafkaBrokerOptions, openKafkaBroker } from './kafka-broker.ts';
