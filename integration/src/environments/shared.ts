import { after, before, describe } from 'node:test';
import { embeddedEnvironment, embeddedPubSubEnvironment } from './embedded.ts';
import type { BrokerPlace, Environment, OpenEnvironment } from './environment.ts';

/** One environment for all scenarios of a file. */
export function sharedEnvironment(open: OpenEnvironment): () => Environment {
  let environment: Environment | undefined;
  before(async () => {
    environment = await open();
  });
  after(() => environment?.[Symbol.asyncDispose]());
  return () => {
    if (!environment) throw new Error('the environment is opened before the first test');
    return environment;
  };
}

/** The scenarios of a file on each of the embedded environments, one after the other. */
export function onBothBrokers(
  scenarios: (environment: () => Environment, kind: BrokerPlace['brokerKind']) => void,
): void {
  describe('on Kafka', () => scenarios(sharedEnvironment(embeddedEnvironment), 'kafka'));
  describe('on Pub/Sub', () => scenarios(sharedEnvironment(embeddedPubSubEnvironment), 'pubsub'));
}
