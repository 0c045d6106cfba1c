import { after, before } from 'node:test';
import type { Environment, OpenEnvironment } from './environment.ts';

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
