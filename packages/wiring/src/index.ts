export {
  type BrokerConfig,
  brokerConfig,
  groupName,
  sessionTimeoutMs,
  topicName,
  topicPartitions,
} from './broker-settings.ts';
export { type BrokerOptions, openBroker } from './open-broker.ts';
export { openStore } from './open-store.ts';
export { type StoreConfig, storeConfig } from './store-settings.ts';
