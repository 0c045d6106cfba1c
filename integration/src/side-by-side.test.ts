import { embeddedEnvironment } from './environments/embedded.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { sideBySide } from './scenarios/side-by-side.ts';

const environment = sharedEnvironment(embeddedEnvironment);

sideBySide(environment);
