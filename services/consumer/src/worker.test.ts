import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError, type Store } from '@sluice/core';
import { openMemoryStore } from '@sluice/store-memory';
import { waitFor } from '@sluice/testing';
import { testBroker } from './testing/broker.ts';
import { testConsumer } from './testing/consumer.ts';

const ID = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const command = (n: number): string => JSON.stringify({ event_timestamp: '2006-01-02T15:04:05Z', command_id: ID(n) });

/** A store that refuses as long as `outage` is set. */
function shakyStore() {
  const store = openMemoryStore();
  const state: { outage?: SluiceError } = {};
  const refusing =
    <A extends readonly unknown[], T>(work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      if (state.outage) throw state.outage;
      return await work(...args);
    };
  const shaky: Store = {
    watch: store.watch,
    reader: { ...store.reader, positions: refusing((group) => store.reader.positions(group)) },
    writer: {
      apply: refusing((batch) => store.writer.apply(batch)),
      positions: refusing((group) => store.writer.positions(group)),
      furthestPositions: refusing((topics) => store.writer.furthestPositions(topics)),
    },
    ping: refusing(() => store.ping()),
    [Symbol.asyncDispose]: async () => {},
  };
  return { state, store: shaky, tables: store.tables };
}

const readyBody = async (url: string) => {
  const response = await fetch(`${url}/ready`);
  return { status: response.status, body: (await response.json()) as Record<string, string> };
};

test('records are projected, garbage between them is dead-lettered and counted', async () => {
  const broker = testBroker();
  const { store, tables } = shakyStore();
  for (const value of [command(1), 'garbage \u0000', command(2), command(1)]) broker.append(value);
  await using consumer = await testConsumer({ broker: broker.broker, openStore: async () => store });
  await waitFor('the log', () => broker.committed() === 4);
  assert.deepEqual([...tables.timestampRecords.keys()], [ID(1), ID(2)]);
  assert.equal(await consumer.metric('projected_total{stream="timestamp.command.v1"}'), 2);
  assert.equal(await consumer.metric('duplicates_total{stream="timestamp.command.v1"}'), 1);
  assert.equal(await consumer.metric('dead_lettered_total{stream="timestamp.command.v1",reason="malformed-json"}'), 1);
  assert.equal(await consumer.metric('consumer_lag_records{topic="commands",partition="0"}'), 0);
  assert.ok(await consumer.metric('transaction_duration_seconds_count'));
  const buried = consumer.lines.find(({ msg }) => msg === 'a record was dead-lettered');
  assert.deepEqual(
    [buried?.reason, buried?.topic, buried?.position],
    ['malformed-json', 'commands', { kind: 'offset', partition: 0, offset: 1 }],
  );
  assert.deepEqual(await readyBody(consumer.url), {
    status: 200,
    body: { status: 'ready', dependencies: { broker: 'ready', store: 'ready', projection: 'ready' } },
  });
});

test('it comes up before broker and store, says what it waits for, and goes on by itself', async () => {
  const broker = testBroker();
  broker.append(command(1));
  broker.outage = new SluiceError('unavailable', 'Kafka cannot be reached');
  const { store, state } = shakyStore();
  state.outage = new SluiceError('unavailable', 'PostgreSQL cannot be reached');
  const openStore = async (): Promise<Store> => {
    await store.ping();
    return store;
  };
  await using consumer = await testConsumer({ broker: broker.broker, openStore });
  const early = await waitFor('the reasons', async () => {
    const found = await readyBody(consumer.url);
    return /Kafka cannot be reached; store: PostgreSQL cannot/.test(found.body.detail ?? '') && found;
  });
  assert.equal(early.status, 503);
  assert.equal((await fetch(`${consumer.url}/health`)).status, 200);
  assert.equal(broker.committed(), 0);
  broker.outage = undefined;
  delete state.outage;
  await waitFor('the record', () => broker.committed() === 1);
});

test('a store that goes away under way is waited for: readiness and lag say so, nothing is lost', async () => {
  const broker = testBroker();
  const { store, state, tables } = shakyStore();
  broker.append(command(1));
  await using consumer = await testConsumer({ broker: broker.broker, openStore: async () => store });
  await waitFor('the first record', () => broker.committed() === 1);
  state.outage = new SluiceError('unavailable', 'PostgreSQL is shutting down');
  for (const n of [2, 3, 4]) broker.append(command(n));
  await waitFor('the wait', async () => (await consumer.metric('projection_waiting')) === 1);
  const lagLine = 'consumer_lag_records{topic="commands",partition="0"}';
  await waitFor('the lag', async () => (await consumer.metric(lagLine)) === 3);
  const found = await waitFor('the reason', async () => {
    const ready = await readyBody(consumer.url);
    return ready.status === 503 && ready;
  });
  assert.match(found.body.detail ?? '', /store: PostgreSQL is shutting down; projection: PostgreSQL is shutting down/);
  delete state.outage;
  await waitFor('the others', () => broker.committed() === 4);
  assert.equal(tables.timestampRecords.size, 4);
  assert.equal(await consumer.metric('projection_waiting'), 0);
  await waitFor('the lag', async () => (await consumer.metric(lagLine)) === 0);
});

test('a store that hangs does not hold the lag back, and is asked but once', async () => {
  const broker = testBroker();
  const { store } = shakyStore();
  const state = { hangs: false, asked: 0 };
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const hanging: Store = {
    ...store,
    writer: {
      ...store.writer,
      apply: async (batch) => {
        if (state.hangs) await gate;
        return await store.writer.apply(batch);
      },
    },
    reader: {
      ...store.reader,
      positions: async (group) => {
        if (state.hangs) {
          state.asked++;
          await gate;
        }
        return await store.reader.positions(group);
      },
    },
  };
  broker.append(command(1));
  await using consumer = await testConsumer({ broker: broker.broker, openStore: async () => hanging });
  try {
    await waitFor('the first record', () => broker.committed() === 1);
    const lag = () => consumer.metric('consumer_lag_records{topic="commands",partition="0"}');
    await waitFor('the lag', async () => (await lag()) === 0);
    state.hangs = true;
    await waitFor('a question', () => state.asked > 0);
    for (const n of [2, 3, 4]) {
      broker.append(command(n));
      await waitFor('the lag', async () => (await lag()) === n - 1);
    }
    assert.equal(state.asked, 1);
  } finally {
    open();
  }
});

test('another log than the store was filled from ends the worker, and says what to do', async () => {
  const { store } = shakyStore();
  const first = testBroker();
  for (const n of [1, 2, 3]) first.append(command(n));
  {
    await using _consumer = await testConsumer({ broker: first.broker, openStore: async () => store });
    await waitFor('the log', () => first.committed() === 3);
  }
  const other = testBroker();
  other.append(command(9));
  await using consumer = await testConsumer({ broker: other.broker, openStore: async () => store });
  await assert.rejects(consumer.ended, (error) => {
    assert.ok(error instanceof SluiceError);
    assert.equal(error.code, 'log-mismatch');
    assert.match(error.message, /Point the consumer at/);
    return true;
  });
});

test('what no waiting mends ends the worker before it has begun', async () => {
  const broker = testBroker();
  await using consumer = await testConsumer({
    broker: broker.broker,
    openStore: () => Promise.reject(new SluiceError('unauthorized', 'PostgreSQL refused the password')),
  });
  await assert.rejects(consumer.ended, { code: 'unauthorized' });
});

test('asked to stop, it finishes what is in hand and ends', async () => {
  const broker = testBroker();
  const { store, tables } = shakyStore();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  let entered = false;
  const slow: Store = {
    ...store,
    writer: {
      ...store.writer,
      apply: async (batch) => {
        entered = true;
        await gate;
        return await store.writer.apply(batch);
      },
    },
  };
  broker.append(command(1));
  await using consumer = await testConsumer({ broker: broker.broker, openStore: async () => slow });
  await waitFor('the transaction', () => entered);
  consumer.stop();
  open();
  await consumer.ended;
  assert.equal(tables.timestampRecords.size, 1);
  assert.equal(broker.committed(), 1);
});

test('asked to stop while it waits for the store, it ends', async () => {
  const broker = testBroker();
  await using consumer = await testConsumer({ broker: broker.broker, openStore: () => new Promise(() => {}) });
  consumer.stop();
  await consumer.ended;
});

test('a new group reads from the beginning and restores what was taken away', async () => {
  const broker = testBroker();
  const { store, tables } = shakyStore();
  for (const n of [1, 2, 3]) broker.append(command(n));
  {
    await using _first = await testConsumer({ broker: broker.broker, openStore: async () => store });
    await waitFor('the log', () => broker.committed() === 3);
  }
  const before = new Map(tables.timestampRecords);
  tables.timestampRecords.clear();
  await using _second = await testConsumer({ broker: broker.broker, openStore: async () => store, group: 'g2' });
  await waitFor('the log again', () => broker.committed('g2') === 3);
  assert.deepEqual(tables.timestampRecords, before);
});

test('topics that could not be made keep it from being ready, though the broker answers', async () => {
  const broker = testBroker();
  const refusal = new SluiceError('unavailable', 'no partition has a leader');
  const admin = { ...broker.broker.admin, ensureTopics: () => Promise.reject(refusal) };
  await using consumer = await testConsumer({
    broker: { ...broker.broker, admin },
    openStore: async () => openMemoryStore(),
  });
  const found = await waitFor('the reason', async () => {
    const ready = await readyBody(consumer.url);
    return /no partition/.test(ready.body.detail ?? '') && ready;
  });
  assert.equal(found.status, 503);
  assert.equal(found.body.detail, 'broker: no partition has a leader');
});

test('crash points lie after the fetch, inside the transaction, and between the two commits', async () => {
  for (const rounds of [0, 2]) {
    const broker = testBroker();
    const { store, tables } = shakyStore();
    const steps: [string, number, number][] = [];
    const crash = (name: string): void => void steps.push([name, tables.timestampRecords.size, broker.committed()]);
    const slow: Store = {
      ...store,
      writer: {
        ...store.writer,
        apply: async (batch) => {
          for (let round = 0; round < rounds; round++) await new Promise(setImmediate);
          return await store.writer.apply(batch);
        },
      },
    };
    broker.append(command(1));
    await using _consumer = await testConsumer({ broker: broker.broker, openStore: async () => slow, crash });
    await waitFor('the record', () => broker.committed() === 1);
    await new Promise(setImmediate);
    assert.deepEqual(steps, [
      ['consumer.afterFetch', 0, 0],
      // A transaction that is over at once has no inside.
      ...(rounds > 0 ? [['consumer.insideTransaction', 0, 0]] : []),
      ['consumer.afterCommit', 1, 0],
    ]);
  }
});
