import { embeddedEnvironment } from './environments/embedded.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { redrive } from './scenarios/redrive.ts';

const environment = sharedEnvironment(embeddedEnvironment);

redrive(environment);
