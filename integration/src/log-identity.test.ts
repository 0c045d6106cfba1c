import { embeddedEnvironment } from './environments/embedded.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { otherLog } from './scenarios/other-log.ts';
import { zombie } from './scenarios/zombie.ts';

const environment = sharedEnvironment(embeddedEnvironment);

otherLog(environment);
zombie(environment);
