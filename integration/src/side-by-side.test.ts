import { onBothBrokers } from './environments/shared.ts';
import { sideBySide } from './scenarios/side-by-side.ts';

onBothBrokers((environment) => sideBySide(environment));
