import { embeddedPubSubEnvironment } from './environments/embedded.ts';
import { sharedEnvironment } from './environments/shared.ts';
import { redeliveries } from './scenarios/redeliveries.ts';

redeliveries(sharedEnvironment(embeddedPubSubEnvironment), 3_000);
