import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Broker, SluiceError } from '@sluice/core';
import { type PubSubEmulator, startPubSubEmulator } from '@sluice/emulator-pubsub';
import { tcpProxy, waitFor } from '@sluice/testing';
import { newPublisherClient, newSubscriberClient, once } from './client/client.ts';
import { Names } from './client/names.ts';
import { CONSUMING } from './consume/consuming.ts';
import { openPubSubBroker, type PubSubBrokerOptions } from './index.ts';
import { PubSubSubscriber } from './subscriber.ts';
import { NumberStore, proxiedEmulator, publishNumbers, Run, startEmulatorProcess } from './testing/index.ts';

const LONG = { timeoutMs: 60_000 };
const PROJECT = 'project';
const TOPIC = 'topic';
const SUBSCRIPTION = `projects/${PROJECT}/subscriptions/group.${TOPIC}`;

/** A client that knows nothing of Sluice. */
const OTHER = { projectId: PROJECT, clientId: 'other', requestTimeoutMs: 5_000, log: () => {} };

const open = (emulatorHost: string, options: Partial<PubSubBrokerOptions> = {}): Promise<Broker> =>
  openPubSubBroker({ projectId: PROJECT, emulatorHost, publishTimeoutMs: 60_000, ...options });

const ensureTopic = (broker: Broker, name = TOPIC): Promise<void> =>
  broker.admin.ensureTopics([{ name, partitions: 1 }]);

async function withEmulator(
  test: (context: { readonly emulator: PubSubEmulator; readonly broker: Broker }) => Promise<void>,
  options: Partial<PubSubBrokerOptions> = {},
): Promise<void> {
  await using emulator = await startPubSubEmulator();
  await using broker = await open(emulator.address, options);
  await ensureTopic(broker);
  await broker.admin.ensureSubscriptions({ group: 'group', topics: [TOPIC] });
  await test({ emulator, broker });
}

/** A subscriber that loses patience soon. */
function impatient(emulatorHost: string): PubSubSubscriber {
  return new PubSubSubscriber({
    ...CONSUMING,
    silenceMs: 500,
    projectId: PROJECT,
    emulatorHost,
    clientId: 'impatient',
    requestTimeoutMs: 500,
    log: () => {},
    names: new Names(PROJECT, () => undefined),
    exactlyOnce: false,
  });
}

describe('reading while things go wrong', { concurrency: 4 }, () => {
  it('goes on when the broker is killed and started again', async () => {
    await using emulator = await startEmulatorProcess();
    await using broker = await open(emulator.address);
    await ensureTopic(broker);
    await using run = new Run(broker, [TOPIC]);
    for (let round = 0; round < 3; round++) {
      await publishNumbers(broker, TOPIC, 100, round * 100);
      await run.untilHas((round + 1) * 100);
      await emulator.kill();
      await emulator.start();
    }
    await publishNumbers(broker, TOPIC, 100, 300);
    await run.untilHas(400);
  });

  it('loses nothing and doubles no effect where the broker is killed at any moment', async () => {
    await using emulator = await startEmulatorProcess();
    await using broker = await open(emulator.address);
    await ensureTopic(broker);
    await using run = new Run(broker, [TOPIC]);
    const sent = (async () => {
      for (let from = 0; from < 2_000; from += 100) await publishNumbers(broker, TOPIC, 100, from);
    })();
    for (let round = 1; round <= 3; round++) {
      await waitFor('some of it', () => run.store.numbers.length >= round * 200, LONG);
      await emulator.kill();
      await emulator.start();
    }
    await sent;
    await run.untilHas(2_000);
  });

  it('waits for a broker that is not there yet, and ends at once when told to meanwhile', async () => {
    await using emulator = await startEmulatorProcess();
    await using broker = await open(emulator.address);
    await ensureTopic(broker);
    await publishNumbers(broker, TOPIC, 10);
    await emulator.kill();
    const gaveUp = new Run(broker, [TOPIC]);
    await using run = new Run(broker, [TOPIC]);
    const begun = performance.now();
    await gaveUp.stop();
    assert.equal(gaveUp.error, undefined);
    assert.ok(performance.now() - begun < 4_000);
    await emulator.start();
    await run.untilHas(10);
  });

  it('reads a topic that is made after it began, and the others meanwhile', async () => {
    await withEmulator(async ({ broker }) => {
      await using run = new Run(broker, [TOPIC, 'later']);
      await publishNumbers(broker, TOPIC, 10);
      await run.untilHas(10);
      await ensureTopic(broker, 'later');
      await publishNumbers(broker, 'later', 10, 10);
      await run.untilHas(20);
    });
  });

  it('makes its subscription anew where somebody deletes it, and reads everything again', async () => {
    await withEmulator(async ({ emulator, broker }) => {
      await using run = new Run(broker, [TOPIC]);
      await publishNumbers(broker, TOPIC, 10);
      await run.untilHas(10);
      const other = newSubscriberClient({ ...OTHER, emulatorHost: emulator.address });
      await (await other.api()).deleteSubscription({ subscription: SUBSCRIPTION }, once(5_000));
      other.close();
      await publishNumbers(broker, TOPIC, 10, 10);
      await run.untilHas(20);
      await waitFor('the first ten again', () => run.store.repeated >= 10, LONG);
    });
  });

  it('ends where its topic is deleted under it, and says what to do, instead of waiting for ever', async () => {
    await withEmulator(async ({ emulator, broker }) => {
      await using subscriber = impatient(emulator.address);
      await using run = new Run({ subscriber }, [TOPIC]);
      await publishNumbers(broker, TOPIC, 10);
      await run.untilHas(10);
      const other = newPublisherClient({ ...OTHER, emulatorHost: emulator.address });
      await (await other.api()).deleteTopic({ topic: `projects/${PROJECT}/topics/${TOPIC}` }, once(5_000));
      other.close();
      await ensureTopic(broker);
      await waitFor('the end', () => run.error, LONG);
      assert.ok(run.error instanceof SluiceError && run.error.code === 'misconfigured', String(run.error));
      assert.match(run.error.message, /delete the subscription as well/);
    });
  });

  it('goes on when connections break at any byte', async () => {
    await using proxied = await proxiedEmulator();
    const { proxy } = proxied;
    await using broker = await open(proxy.address);
    await ensureTopic(broker);
    await publishNumbers(broker, TOPIC, 200, 0, 200);
    for (const direction of ['down', 'up'] as const) {
      for (const bytes of [1, 9, 60, 500, 3_000, 20_000]) {
        await using run = new Run(broker, [TOPIC], { group: `group-${direction}-${bytes}` });
        proxy.cutAll();
        proxy.cutAfter(direction, bytes, bytes % 3 === 0 ? 'end' : 'reset');
        await run.untilHas(200);
      }
    }
  });

  it('goes on after its connections died silently', async () => {
    await using proxied = await proxiedEmulator();
    const { emulator, proxy } = proxied;
    await using broker = await open(emulator.address);
    await ensureTopic(broker);
    await using subscriber = impatient(proxy.address);
    await using run = new Run({ subscriber }, [TOPIC]);
    await publishNumbers(broker, TOPIC, 10);
    await run.untilHas(10);
    proxy.strand();
    const { accepted } = proxy;
    await publishNumbers(broker, TOPIC, 10, 10);
    // Nothing but its own impatience tells it.
    await waitFor('another connection', () => proxy.accepted > accepted, LONG);
    // A server finds out in its own time.
    proxy.cutAll();
    await run.untilHas(20);
  });

  it('ends in bounded time while nothing comes through', async () => {
    await using proxied = await proxiedEmulator();
    const { emulator, proxy } = proxied;
    await using broker = await open(emulator.address);
    await ensureTopic(broker);
    await using subscriber = impatient(proxy.address);
    const run = new Run({ subscriber }, [TOPIC]);
    await publishNumbers(broker, TOPIC, 10);
    await run.untilHas(10);
    proxy.blackhole('down');
    proxy.blackhole('up');
    const begun = performance.now();
    await run.stop();
    assert.ok(performance.now() - begun < 15_000);
    assert.equal(run.error, undefined);
  });

  it('fetches only so much ahead of a handler that is held up', async () => {
    await using proxied = await proxiedEmulator();
    const { emulator, proxy } = proxied;
    await using beside = await open(emulator.address);
    await using broker = await open(proxy.address, { maxOutstandingMessages: 500, maxOutstandingBytes: 200_000 });
    await ensureTopic(beside);
    await using run = new Run(broker, [TOPIC]);
    run.store.hold();
    await publishNumbers(beside, TOPIC, 1, 0, 1_000);
    await waitFor('a batch to be in hand', () => run.store.calls > 0, LONG);
    const before = proxy.passed.down;
    for (let from = 1; from < 3_001; from += 1_000) await publishNumbers(beside, TOPIC, 1_000, from, 1_000);
    let last = -1;
    await waitFor(
      'the flow to stop',
      () => {
        const passed = proxy.passed.down - before;
        const stopped = passed > 50_000 && passed - last < 2_000;
        last = passed;
        return stopped;
      },
      { intervalMs: 300, timeoutMs: 60_000 },
    );
    run.store.release();
    assert.ok(last < 1_500_000, `${last} of 3,000,000 bytes came`);
    await run.untilHas(3_001);
  });

  it('handles each message once in effect, each key in order, where deadlines expire', async () => {
    await withEmulator(async ({ emulator, broker }) => {
      await using run = new Run(broker, [TOPIC]);
      run.store.hold();
      for (let round = 0; round < 10; round++) {
        await publishNumbers(broker, TOPIC, 100, round * 100);
        await waitFor('a batch to be in hand', () => run.store.calls > 0, LONG);
        emulator.faults.expireDeadlines(SUBSCRIPTION);
      }
      run.store.release();
      await run.untilHas(1_000);
      // Each expiry has all that is in hand come again, 5,500 in sum: what came while it was in hand went no further.
      assert.ok(run.store.repeated < 4_000, `${run.store.repeated} were handled again`);
    });
  });

  for (const exactlyOnce of [false, true]) {
    const delivery = exactlyOnce ? 'exactly-once' : 'at-least-once';

    it(`handles each message once in effect where messages come twice and acks fail, with ${delivery} delivery`, async () => {
      await withEmulator(
        async ({ emulator, broker }) => {
          const store = new NumberStore();
          await using run = new Run(broker, [TOPIC], { store });
          for (let round = 0; round < 5; round++) {
            emulator.faults.deliverTwice(SUBSCRIPTION, 50);
            emulator.faults.failAcks(SUBSCRIPTION, 20);
            await publishNumbers(broker, TOPIC, 200, round * 200);
            await run.untilHas((round + 1) * 200);
          }
          await run.stop();
          // What was acknowledged in the end does not come again.
          await waitFor(
            'nothing to be left',
            async () => {
              const left = new Run(broker, [TOPIC], { store });
              const { repeated } = store;
              const since = performance.now();
              await waitFor('a while', () => performance.now() - since > 500);
              await left.stop();
              return store.repeated === repeated;
            },
            LONG,
          );
          assert.ok(store.has(1_000));
        },
        { exactlyOnce },
      );
    });
  }

  it('has acknowledged what it handled when it has ended', async () => {
    await withEmulator(async ({ emulator, broker }) => {
      const store = new NumberStore();
      for (let round = 1; round <= 5; round++) {
        await using closed = await open(emulator.address);
        await using run = new Run(closed, [TOPIC], { store });
        await publishNumbers(broker, TOPIC, 100, (round - 1) * 100);
        await run.untilHas(round * 100);
        await run.stop();
        await closed[Symbol.asyncDispose]();
        emulator.faults.expireDeadlines(SUBSCRIPTION);
      }
      await using last = new Run(broker, [TOPIC], { store });
      await publishNumbers(broker, TOPIC, 100, 500);
      await last.untilHas(600);
      assert.equal(store.repeated, 0);
    });
  });

  it('shares a group with a member that vanishes: what it had in hand comes to the others', async () => {
    await withEmulator(async ({ emulator, broker }) => {
      await using proxy = await tcpProxy({ host: emulator.host, port: emulator.port });
      await using other = await open(proxy.address);
      const store = new NumberStore();
      const vanishing = new Run(other, [TOPIC]);
      vanishing.store.hold();
      await publishNumbers(broker, TOPIC, 50);
      await waitFor('a batch to be in hand', () => vanishing.store.calls > 0, LONG);
      proxy.refuse();
      proxy.cutAll();
      await using run = new Run(broker, [TOPIC], { store });
      await run.untilHas(50);
      proxy.heal();
      await vanishing[Symbol.asyncDispose]();
    });
  });

  for (const [what, group, topics] of [
    ['a topic that no broker takes', 'group', ['not a name']],
    ['a group that makes no name of a subscription', '1 group', [TOPIC]],
  ] as const) {
    it(`ends with ${what}`, async () => {
      await withEmulator(async ({ broker }) => {
        await using run = new Run(broker, topics, { group });
        await waitFor('the end', () => run.error, LONG);
        assert.ok(run.error instanceof SluiceError && run.error.code === 'misconfigured', String(run.error));
      });
    });
  }
});
