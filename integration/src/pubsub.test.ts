import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openClients } from './pubsub/clients.ts';
import { emulatorInMemory, emulatorOnDisk } from './pubsub/emulator-kind.ts';
import { faultOf } from './pubsub/observation.ts';
import { RPCS } from './pubsub/rpcs.ts';
import { play } from './pubsub/scenario.ts';
import { SCENARIOS } from './pubsub/scenarios/all.ts';

// Against Google's documentation here; against Google's own fake in the tier of the containers.
for (const kind of [emulatorInMemory, emulatorOnDisk]) {
  describe(`stock clients see of ${kind.name} what Google documents of Pub/Sub`, { concurrency: 16 }, () => {
    const opened = new AsyncDisposableStack();
    let clients: ReturnType<typeof openClients>;
    before(async () => {
      clients = opened.use(openClients(opened.use(await kind.start()).address));
    });
    after(async () => {
      await opened.disposeAsync();
      const missed = Object.keys(RPCS).filter((rpc) => !clients.called.has(rpc));
      assert.deepEqual(missed, [], 'no scenario calls these');
    });

    for (const scenario of SCENARIOS) {
      test(scenario.name, async () => {
        const facts = await play(scenario, clients, kind);
        const faults = facts.map(faultOf).filter((fault) => fault !== undefined);
        assert.equal(faults.length, 0, `not as documented:\n  ${faults.join('\n  ')}`);
      });
    }
  });
}
