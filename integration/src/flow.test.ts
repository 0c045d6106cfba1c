import { onBothBrokers } from './environments/shared.ts';
import { foreignProducer } from './scenarios/foreign-producer.ts';
import { replay } from './scenarios/replay.ts';
import { seedFlow } from './scenarios/seed-flow.ts';

onBothBrokers((environment) => {
  seedFlow(environment);
  replay(environment);
  foreignProducer(environment);
});
