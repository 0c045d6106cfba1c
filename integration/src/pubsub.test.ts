import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openClients } from './pubsub/clients.ts';
import { emulatorKind } from './pubsub/emulator-kind.ts';
import { faultOf } from './pubsub/observation.ts';
import { play } from './pubsub/scenario.ts';
import { SCENARIOS } from './pubsub/scenarios/all.ts';

// Against Google's documentation here; against Google's own fake in the tier of the containers.
describe('stock clients see of the Pub/Sub emulator what Google documents of Pub/Sub', { concurrency: 16 }, () => {
  const opened = new AsyncDisposableStack();
  let clients: ReturnType<typeof openClients>;
  before(async () => {
    clients = opened.use(openClients(opened.use(await emulatorKind.start()).address));
  });
  after(() => opened.disposeAsync());

  for (const scenario of SCENARIOS) {
    test(scenario.name, async () => {
      const facts = await play(scenario, clients, emulatorKind);
      const faults = facts.map(faultOf).filter((fault) => fault !== undefined);
      assert.equal(faults.length, 0, `not as documented:\n  ${faults.join('\n  ')}`);
    });
  }
});
