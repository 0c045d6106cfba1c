import { onBothBrokers } from './environments/shared.ts';
import { crashPoints } from './scenarios/crash-points.ts';
import { killRounds } from './scenarios/kill-rounds.ts';

// On Pub/Sub a killed consumer keeps its messages for ten seconds, and the rule is the same: a few are enough.
onBothBrokers((environment, kind) => {
  killRounds(environment, kind === 'kafka' ? 5 : 3);
  crashPoints(environment, kind === 'kafka' ? [1, 2, 3] : [1]);
});
