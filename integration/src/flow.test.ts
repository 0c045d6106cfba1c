import { onBothBrokers } from './environments/shared.ts';
import { foreignProducer } from './scenarios/foreign-producer.ts';
import { replay, seekBack } from './scenarios/replay.ts';
import { seedFlow } from './scenarios/seed-flow.ts';

onBothBrokers((environment, kind) => {
  seedFlow(environment);
  replay(environment);
  if (kind === 'pubsub') seekBack(environment);
  foreignProducer(environment);
});
