import { onBothBrokers } from './environments/shared.ts';
import { tableTransactions } from './scenarios/table-transactions.ts';

// On Pub/Sub a killed consumer keeps its messages for ten seconds, and the rule is the same: two kills are enough.
onBothBrokers((environment, kind) =>
  tableTransactions(
    environment,
    kind === 'kafka' ? {} : { transactions: 400, points: ['consumer.insideTransaction', 'consumer.afterCommit'] },
  ),
);
