import { onBothBrokers } from './environments/shared.ts';
import { redrive } from './scenarios/redrive.ts';

onBothBrokers((environment) => redrive(environment));
