import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { MemoryLog, openMemoryBroker } from '@sluice/broker-memory';
import { type NewRecord, SluiceError, type Store, type StoreBatch } from '@sluice/core';
import { type MemoryStore, openMemoryStore } from '@sluice/store-memory';
import { clientEventCommand, registrationCommand } from '@sluice/streams';
import { waitFor } from '@sluice/testing';
import { CONTROL_TOPIC, withoutOffsets } from './testing/broker.ts';
import { testConsumer } from './testing/consumer.ts';

const NEEDS_FRUIT = { type: 'object', required: ['fruit'] };
const NEEDS_NOTHING = { type: 'object' };
const T1 = Date.parse('2024-01-01T00:00:00Z');
const T2 = Date.parse('2024-02-01T00:00:00Z');

interface Given {
  readonly at?: number;
  readonly event?: string;
}

const registration = (schema: object, base: number, { at = T1, event = 'Fruits' }: Given = {}): NewRecord =>
  registrationCommand({
    topic: CONTROL_TOPIC,
    commandId: randomUUID(),
    client: 'SpongeBob',
    event,
    schema: schema as never,
    compatibility: 'none',
    base,
    acceptedAtMs: at,
    correlationId: randomUUID(),
  });

const event = (value: object, version: number, { event = 'Fruits' }: Given = {}): NewRecord & { id: string } => {
  const commandId = randomUUID();
  const record = clientEventCommand({
    client: 'SpongeBob',
    event,
    topic: `SpongeBob.${event}`,
    version,
    commandId,
    value: Buffer.from(JSON.stringify(value)),
    acceptedAtMs: T2,
    correlationId: randomUUID(),
  });
  return { ...record, id: commandId };
};

const KINDS = ['offsets', 'message ids'] as const;

function pipeline(kind: (typeof KINDS)[number] = 'offsets') {
  const log = new MemoryLog();
  for (const topic of ['commands', CONTROL_TOPIC, 'SpongeBob.Fruits', 'SpongeBob.Colors']) log.create(topic, 1);
  const memory = openMemoryBroker({ log });
  const broker = kind === 'offsets' ? memory : withoutOffsets(memory);
  const store = openMemoryStore();
  return {
    log,
    broker,
    store,
    publish: async (...records: readonly NewRecord[]) => void (await broker.publisher.publish(records)),
    /** As another system's producer does: no headers, its own time. */
    foreign: (value: object, timestampMs: number) =>
      log.append({
        topic: 'SpongeBob.Fruits',
        partition: 0,
        key: null,
        value: Buffer.from(JSON.stringify(value)),
        headers: [],
        timestampMs,
      }),
  };
}

const versionsOf = ({ tables }: MemoryStore) => [...tables.events.values()].map((row) => [row.data, row.schemaVersion]);

function topicOf({ items }: StoreBatch): string {
  const [item] = items;
  return (item?.kind === 'effects' ? item.record : item?.deadLetter.record)?.topic ?? '';
}

for (const kind of KINDS) {
  describe(`on a broker with ${kind}`, () => {
    test('a stream that is registered under way is projected without a restart, and another one after it', async () => {
      const { broker, store, publish } = pipeline(kind);
      await using consumer = await testConsumer({ broker, openStore: async () => store });
      for (const name of ['Fruits', 'Colors']) {
        const sent = event({ fruit: name }, 1, { event: name });
        await publish(registration(NEEDS_FRUIT, 0, { event: name }), sent);
        const row = await waitFor('the event', () => store.tables.events.get(sent.id));
        assert.deepEqual([row.client, row.event, row.data], ['SpongeBob', name, `{"fruit":"${name}"}`]);
      }
      assert.equal(await consumer.metric('projected_total{stream="SpongeBob.Colors"}'), 1);
    });

    test('a record is read with the version that it names, whichever is the latest, in a replay too', async () => {
      const { broker, store, publish } = pipeline(kind);
      const [old, good, bad] = [event({}, 1), event({ fruit: 1 }, 2), event({}, 2)];
      await publish(old, good, bad, registration(NEEDS_NOTHING, 0), registration(NEEDS_FRUIT, 1, { at: T2 }));
      for (const group of ['g', 'h']) {
        await using _consumer = await testConsumer({ broker, openStore: async () => store, group });
        await waitFor('the events', () => store.tables.events.size === 2 && store.tables.deadLetters.size === 1);
        assert.deepEqual(versionsOf(store), [
          ['{}', 1],
          ['{"fruit":1}', 2],
        ]);
        assert.equal(store.tables.deadLetters.get(bad.id)?.reason, 'schema-violation');
        store.tables.events.clear();
      }
    });

    test('a foreign record is read with the version in force at its own time, and the first where it is older', async () => {
      const { broker, store, publish, foreign } = pipeline(kind);
      foreign({ n: 1 }, T1 - 1);
      foreign({ n: 2 }, T2 - 1);
      foreign({ n: 3 }, T2);
      foreign({ n: 4, fruit: 1 }, T2);
      await publish(registration(NEEDS_NOTHING, 0), registration(NEEDS_FRUIT, 1, { at: T2 }));
      await using _consumer = await testConsumer({ broker, openStore: async () => store });
      await waitFor('the events', () => store.tables.events.size === 3 && store.tables.deadLetters.size === 1);
      assert.deepEqual(versionsOf(store), [
        ['{"n":1}', 1],
        ['{"n":2}', 1],
        ['{"n":4,"fruit":1}', 2],
      ]);
    });

    test('a record that names a version of which nobody knows is dead-lettered, its neighbours are not', async () => {
      const { broker, store, publish } = pipeline(kind);
      const [lost, fine] = [event({}, 7), event({}, 1)];
      await publish(registration(NEEDS_NOTHING, 0), lost, fine);
      await using _consumer = await testConsumer({ broker, openStore: async () => store });
      await waitFor('both', () => store.tables.events.has(fine.id) && store.tables.deadLetters.has(lost.id));
      const { reason, detail } = store.tables.deadLetters.get(lost.id) ?? {};
      assert.equal(reason, 'unknown-schema');
      assert.match(detail ?? '', /SpongeBob\.Fruits:7" must be registered/);
    });

    test('while the registration that a record names is not projected yet, the record waits', async () => {
      const { broker, store, publish } = pipeline(kind);
      let held = false;
      const slow: Store = {
        ...store,
        writer: {
          positions: (group) => store.writer.positions(group),
          furthestPositions: (topics) => store.writer.furthestPositions(topics),
          apply: async (batch: StoreBatch) => {
            if (held && topicOf(batch) === CONTROL_TOPIC) throw new SluiceError('unavailable', 'the store is down');
            return await store.writer.apply(batch);
          },
        },
      };
      await publish(registration(NEEDS_NOTHING, 0));
      await using consumer = await testConsumer({ broker, openStore: async () => slow });
      const first = event({}, 1);
      await publish(first);
      await waitFor('the first', () => store.tables.events.has(first.id));
      held = true;
      const second = event({ fruit: 1 }, 2);
      await publish(registration(NEEDS_FRUIT, 1, { at: T2 }), second);
      await waitFor('the wait', () =>
        consumer.lines.some(({ msg }) => /control (holds has|have) to be projected first/.test(String(msg))),
      );
      assert.equal(store.tables.deadLetters.size, 0);
      held = false;
      await waitFor('the second', () => store.tables.events.has(second.id));
    });

    test('nothing is projected before the control stream is read to its end, where the store does not know it', async () => {
      const { broker, store, publish } = pipeline(kind);
      const order: string[] = [];
      const watched: Store = {
        ...store,
        writer: {
          positions: (group) => store.writer.positions(group),
          furthestPositions: (topics) => store.writer.furthestPositions(topics),
          apply: async (batch) => {
            order.push(topicOf(batch));
            return await store.writer.apply(batch);
          },
        },
      };
      const sent = event({}, 1);
      await publish(sent, registration(NEEDS_NOTHING, 0));
      await using _consumer = await testConsumer({ broker, openStore: async () => watched });
      await waitFor('the event', () => store.tables.events.has(sent.id));
      assert.deepEqual(order, [CONTROL_TOPIC, 'SpongeBob.Fruits']);
    });

    test('it is not ready until the control stream is read to its end, and says so', async () => {
      const { broker, store, publish } = pipeline(kind);
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const slow: Store = {
        ...store,
        writer: {
          positions: (group) => store.writer.positions(group),
          furthestPositions: (topics) => store.writer.furthestPositions(topics),
          apply: async (batch) => {
            if (topicOf(batch) === CONTROL_TOPIC) await released;
            return await store.writer.apply(batch);
          },
        },
      };
      await publish(registration(NEEDS_NOTHING, 0));
      await using consumer = await testConsumer({ broker, openStore: async () => slow });
      const ready = async () => await (await fetch(`${consumer.url}/ready`)).text();
      const told = /"projection: [^"]*control [^"]* to be projected first/;
      // A test that failed while the store is held up ends all the same.
      await waitFor('the reason', async () => told.test(await ready())).finally(release);
      await waitFor('readiness', async () => !(await ready()).includes('"detail"'));
    });

    test('two members take a new stream over while records come in, and each is projected once', async () => {
      const { broker, store, publish } = pipeline(kind);
      await publish(registration(NEEDS_NOTHING, 0));
      await using _one = await testConsumer({ broker, openStore: async () => store });
      await using _two = await testConsumer({ broker, openStore: async () => store });
      const sent = Array.from({ length: 300 }, (_, n) => event({ n }, 1));
      for (const [n, record] of sent.entries()) {
        await publish(record);
        if (n === 100) await publish(registration(NEEDS_NOTHING, 0, { event: 'Colors' }));
        if (n % 10 === 0) await new Promise(setImmediate);
      }
      const other = event({}, 1, { event: 'Colors' });
      await publish(other);
      await waitFor('all', () => store.tables.events.size === 301);
      const inOrder = [...store.tables.events.values()].filter((row) => row.event === 'Fruits').map(({ id }) => id);
      assert.deepEqual(
        inOrder,
        sent.map(({ id }) => id),
      );
    });
  });
}
