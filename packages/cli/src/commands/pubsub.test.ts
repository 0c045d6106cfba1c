import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Broker } from '@sluice/core';
import { type PubSubEmulator, startPubSubEmulator } from '@sluice/emulator-pubsub';
import { createLogger } from '@sluice/runtime';
import { waitFor } from '@sluice/testing';
import { openBroker } from '@sluice/wiring';
import { RunningCommand } from '../testing/command.ts';

const TOPICS = ['timestamp.command.v1', 'activity.event.v1', 'database.activities.v1', 'sluice.control.v1'];
const [TOPIC = ''] = TOPICS;
const GROUP = 'timestamp-consumer-service';

interface Emulated {
  readonly emulator: PubSubEmulator;
  readonly broker: Broker;
  /** Runs a command to its end. */
  pubsub(...args: readonly string[]): Promise<{ code: number | null; lines: string[]; complaints: string }>;
}

async function emulated(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<Emulated> {
  const emulator = await startPubSubEmulator();
  t.after(() => emulator[Symbol.asyncDispose]());
  const log = createLogger({ service: 'test', level: 'fatal' });
  const place = { kind: 'pubsub', projectId: 'sluice', emulatorHost: emulator.address } as const;
  const broker = await openBroker(place, { clientId: 'test', log });
  t.after(() => broker[Symbol.asyncDispose]());
  const pubsub: Emulated['pubsub'] = async (...args) => {
    await using command = new RunningCommand(['pubsub', ...args], { PUBSUB_EMULATOR_HOST: emulator.address, ...env });
    const { code } = await command.exited;
    return { code, lines: command.lines(), complaints: command.complaints() };
  };
  return { emulator, broker, pubsub };
}

/** Reads so many values as the group, and acknowledges them. */
async function read({ subscriber }: Broker, count: number): Promise<readonly string[]> {
  const ending = new AbortController();
  const values: string[] = [];
  const running = subscriber.run({
    group: GROUP,
    topics: [TOPIC],
    signal: ending.signal,
    handler: {
      assigned: async () => [],
      async handle({ records }) {
        values.push(...records.map(({ value }) => String(value)));
        return { count: records.length };
      },
    },
  });
  await waitFor(`${count} messages`, () => values.length >= count).finally(() => ending.abort());
  await running;
  return values.sort();
}

const publish = async ({ publisher }: Broker, ...values: readonly string[]) => {
  const records = values.map((value) => ({ topic: TOPIC, key: value, value: Buffer.from(value), headers: [] }));
  for (const { kind } of await publisher.publish(records)) assert.equal(kind, 'published');
};

test('setup makes the topics and the subscriptions of the group, once', async (t) => {
  const { broker, pubsub } = await emulated(t);
  const made = [...TOPICS.map((topic) => `topic ${topic}`), ...TOPICS.map((topic) => `subscription ${GROUP}.${topic}`)];
  for (const _ of ['first', 'second']) {
    assert.deepEqual(await pubsub('setup'), { code: 0, lines: made, complaints: '' });
  }
  assert.deepEqual((await broker.admin.topicsOf(GROUP)).toSorted(), TOPICS.toSorted());
});

test('setup takes the names of the old gatekeeper', async (t) => {
  const names = { TOPIC_ID: 'db-transaction-topic', SUBSCRIPTION_ID: 'db-sub', KAFKA_CONSUMER_TOPIC: 'times' };
  const { lines } = await (await emulated(t, names)).pubsub('setup');
  for (const line of ['topic db-transaction-topic', 'subscription db-sub', `subscription ${GROUP}.times`]) {
    assert.ok(lines.includes(line), lines.join('\n'));
  }
});

test('a seek brings the group back: to the beginning, to a time, to a snapshot', async (t) => {
  const { broker, pubsub } = await emulated(t);
  await pubsub('setup');
  await publish(broker, 'a', 'b');
  assert.deepEqual(await read(broker, 2), ['a', 'b']);
  assert.deepEqual((await pubsub('snapshot', 'one')).lines.length, TOPICS.length);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const between = new Date().toISOString();
  await publish(broker, 'c');
  assert.deepEqual(await read(broker, 1), ['c']);

  for (const [to, wanted] of [
    ['beginning', ['a', 'b', 'c']],
    [between, ['c']],
    ['snapshot:one', ['c']],
  ] as const) {
    const { code, lines, complaints } = await pubsub('seek', '--to', to);
    assert.deepEqual([code, lines.length], [0, TOPICS.length], complaints);
    assert.match(lines[0] ?? '', /in sluice\.control\.v1$/, 'what the others depend on comes first');
    assert.deepEqual(await read(broker, wanted.length), wanted, to);
  }
  assert.equal((await pubsub('snapshot', 'one', '--delete')).code, 0);
  const gone = await pubsub('seek', '--to', 'snapshot:one');
  assert.equal(gone.code, 1);
  assert.match(gone.complaints, /^sluice: seeking .*one/);
});

test('what cannot be is told: a place, a name, settings, a group without subscriptions', async (t) => {
  const { pubsub } = await emulated(t);
  const refused = async (args: readonly string[], complaint: RegExp, code = 1) => {
    const ended = await pubsub(...args);
    assert.equal(ended.code, code, ended.complaints);
    assert.match(ended.complaints, complaint);
  };
  await refused(['seek', '--to', 'yesterday'], /must be beginning, snapshot:<name> or a time .*got "yesterday"/);
  await refused(['seek', '--to', 'snapshot:a.b'], /must be 1 to 63 letters.*got "a\.b"/);
  await refused(['seek'], /required option '--to/);
  await refused(['snapshot', '1st'], /must be 1 to 63 letters/);
  await refused(['seek', '--to', 'beginning'], /the group "timestamp-consumer-service" has no subscription/);
  const google = await pubsub('setup', '--google');
  assert.deepEqual([google.code, google.lines], [78, []], 'the emulator is not asked');
  assert.match(google.complaints, /PROJECT_ID must be the id of a Google Cloud project/);
  const wrong = await emulated(t, { PROJECT_ID: 'a/b', KAFKA_GROUP_ID: 'goog' });
  const { code, complaints } = await wrong.pubsub('setup');
  assert.equal(code, 78);
  assert.match(complaints, /PROJECT_ID must .*\n.*KAFKA_GROUP_ID must /);
});
