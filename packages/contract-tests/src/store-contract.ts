import { describe } from 'node:test';
import { testCommandIds } from './store-command-ids.ts';
import { testConcurrency } from './store-concurrency.ts';
import { testDeadLetters } from './store-dead-letters.ts';
import { testMarks } from './store-marks.ts';
import { testMarksModel } from './store-marks-model.ts';
import { testModel } from './store-model.ts';
import { testOutcomes } from './store-outcomes.ts';
import { testPositions } from './store-positions.ts';
import { testRegistrations } from './store-registrations.ts';
import { testRowTables } from './store-row-tables.ts';
import { testRows } from './store-rows.ts';
import { testTransactions } from './store-transactions.ts';
import { testTransactionsModel } from './store-transactions-model.ts';
import type { StoreContractOptions } from './store-under-test.ts';
import { testWatch } from './store-watch.ts';

/** What every adapter of the Store port must do. An adapter's own test is a constructor of an empty store. */
export function storeContract({ name, open }: StoreContractOptions): void {
  describe(`store contract: ${name}`, () => {
    testPositions(open);
    testRows(open);
    testRowTables(open);
    testCommandIds(open);
    testDeadLetters(open);
    testConcurrency(open);
    testModel(open);
    testTransactions(open);
    testTransactionsModel(open);
    testRegistrations(open);
    testMarks(open);
    testMarksModel(open);
    testOutcomes(open);
    testWatch(open);
  });
}
