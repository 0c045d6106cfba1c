import { embeddedEnvironment } from './environments/embedded.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { crashPoints } from './scenarios/crash-points.ts';
import { killRounds } from './scenarios/kill-rounds.ts';

const environment = sharedEnvironment(embeddedEnvironment);

killRounds(environment, 5);
crashPoints(environment);
