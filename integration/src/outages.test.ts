import { embeddedEnvironment } from './environments/embedded.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { drain } from './scenarios/drain.ts';
import { outages } from './scenarios/outages.ts';

const environment = sharedEnvironment(embeddedEnvironment);

outages(environment);
drain(environment);
