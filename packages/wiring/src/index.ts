export { type BrokerKind, brokerKind } from './broker-kind.ts';
export { type BrokerConfig, brokerConfig } from './broker-settings.ts';
export { sessionTimeoutMs, topicPartitions } from './kafka-settings.ts';
export { type BuiltInTopics, type GroupNames, groupName, groupNames, topicName } from './names.ts';
export { type BrokerOptions, openBroker } from './open-broker.ts';
export { openStore } from './open-store.ts';
export { maxOutstandingMessages } from './pubsub-settings.ts';
export { type StoreConfig, storeConfig } from './store-settings.ts';
