import { embeddedEnvironment } from './environments/embedded.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { foreignProducer } from './scenarios/foreign-producer.ts';
import { replay } from './scenarios/replay.ts';
import { seedFlow } from './scenarios/seed-flow.ts';

const environment = sharedEnvironment(embeddedEnvironment);

seedFlow(environment);
replay(environment);
foreignProducer(environment);
