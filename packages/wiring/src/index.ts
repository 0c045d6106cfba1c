export { type BrokerConfig, brokerConfig, groupName, topicName, topicPartitions } from './broker-settings.ts';
export { openStore } from './open-store.ts';
export { type StoreConfig, storeConfig } from './store-settings.ts';
