import { containerEnvironment } from './environments/containers.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { commandLookup } from './scenarios/command-lookup.ts';
import { drain } from './scenarios/drain.ts';
import { foreignProducer } from './scenarios/foreign-producer.ts';
import { killRounds } from './scenarios/kill-rounds.ts';
import { otherLog } from './scenarios/other-log.ts';
import { outages } from './scenarios/outages.ts';
import { redrive } from './scenarios/redrive.ts';
import { replay } from './scenarios/replay.ts';
import { seedFlow } from './scenarios/seed-flow.ts';
import { sideBySide } from './scenarios/side-by-side.ts';
import { tableTransactions } from './scenarios/table-transactions.ts';
import { zombie } from './scenarios/zombie.ts';

// The same scenarios as on the emulator: what passes on both is true of Apache Kafka and PostgreSQL, too.
const environment = sharedEnvironment(containerEnvironment);

seedFlow(environment);
replay(environment);
foreignProducer(environment);
outages(environment);
drain(environment);
otherLog(environment);
zombie(environment);
killRounds(environment, 5);
tableTransactions(environment);
sideBySide(environment);
redrive(environment);
commandLookup(environment);
