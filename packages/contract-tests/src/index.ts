export { brokerContract } from './broker-contract.ts';
export type { BrokerContractOptions, BrokerUnderTest, ForeignRecord } from './broker-under-test.ts';
export { storeContract } from './store-contract.ts';
export {
  activityEventItem,
  advance,
  clientEventItem,
  deadLetterItem,
  inPartition,
  markItem,
  registrationItem,
  rowItem,
  transactionItem,
} from './store-items.ts';
export { seenTables, TableModel } from './store-table-model.ts';
export type { RowSeen, StoreContractOptions, StoreUnderTest, TableSeen } from './store-under-test.ts';
