import { onBothBrokers } from './environments/shared.ts';
import { commandLookup } from './scenarios/command-lookup.ts';

onBothBrokers((environment) => commandLookup(environment));
