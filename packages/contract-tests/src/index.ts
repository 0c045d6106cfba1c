export { storeContract } from './store-contract.ts';
export type { RowSeen, StoreContractOptions, StoreUnderTest } from './store-under-test.ts';
