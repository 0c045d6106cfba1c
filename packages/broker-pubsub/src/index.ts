export type { PubSubLogEntry } from './client/client.ts';
export { openPubSubBroker, type PubSubBrokerOptions } from './pubsub-broker.ts';
