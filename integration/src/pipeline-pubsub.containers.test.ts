import { pubSubContainerEnvironment } from './environments/containers.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { commandLookup } from './scenarios/command-lookup.ts';
import { drain } from './scenarios/drain.ts';
import { foreignProducer } from './scenarios/foreign-producer.ts';
import { seedFlow } from './scenarios/seed-flow.ts';
import { sideBySide } from './scenarios/side-by-side.ts';
import { tableTransactions } from './scenarios/table-transactions.ts';

// On Google's own fake, what it can do: it forgets everything when it is killed, and gives nothing to who comes late, so
// that there is no replay, no rebuild and no outage of it.
const environment = sharedEnvironment(pubSubContainerEnvironment);

seedFlow(environment);
foreignProducer(environment);
drain(environment);
tableTransactions(environment, { transactions: 400, points: ['', 'consumer.afterCommit'] });
sideBySide(environment);
commandLookup(environment);
