import { embeddedEnvironment } from './environments/embedded.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { commandLookup } from './scenarios/command-lookup.ts';

const environment = sharedEnvironment(embeddedEnvironment);

commandLookup(environment);
