import { onBothBrokers } from './environments/shared.ts';
import { drain } from './scenarios/drain.ts';
import { outages } from './scenarios/outages.ts';

onBothBrokers((environment) => {
  outages(environment);
  drain(environment);
});
