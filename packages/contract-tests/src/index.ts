export { brokerContract } from './broker-contract.ts';
export type { BrokerContractOptions, BrokerUnderTest, ForeignRecord } from './broker-under-test.ts';
export { storeContract } from './store-contract.ts';
export { advance, deadLetterItem, inPartition, rowItem } from './store-items.ts';
export type { RowSeen, StoreContractOptions, StoreUnderTest } from './store-under-test.ts';
