import { embeddedEnvironment } from './environments/embedded.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { tableTransactions } from './scenarios/table-transactions.ts';

const environment = sharedEnvironment(embeddedEnvironment);

tableTransactions(environment);
