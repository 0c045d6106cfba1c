import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantFromMs, type RegistryChanges, type RegistryMark, type SchemaVersion, SluiceError } from '@sluice/core';
import { createLogger } from '@sluice/runtime';
import { waitFor } from '@sluice/testing';
import { type RegistryStore, StreamRegistry } from './registry.ts';

const versionOf = (event: string, version = 1, schema = 'true'): SchemaVersion => ({
  client: 'Bob',
  event,
  topic: `Bob.${event}`,
  version,
  schema,
  compatibility: 'none',
  registeredAt: instantFromMs(0),
  commandId: '00000000-0000-4000-8000-000000000000',
});

/** A store that answers when it is told to, and notes what it was asked. */
class HeldStore implements RegistryStore {
  readonly asked: (RegistryMark | null)[] = [];
  readonly #waiting: PromiseWithResolvers<RegistryChanges>[] = [];
  #onChange = () => {};
  listeners = 0;

  readonly reader = {
    registryChanges: (since: RegistryMark | null): Promise<RegistryChanges> => {
      this.asked.push(since);
      const waiting = Promise.withResolvers<RegistryChanges>();
      this.#waiting.push(waiting);
      return waiting.promise;
    },
  };
  readonly watch: RegistryStore['watch'] = {
    outcome: async () => undefined,
    onRegistryChange: (callback) => {
      this.#onChange = callback;
      this.listeners++;
      return { [Symbol.dispose]: () => void this.listeners-- };
    },
  };

  answer(sequence: number, versions: readonly SchemaVersion[], isWhole = false): void {
    this.#waiting.shift()?.resolve({ mark: { generation: 'g', sequence }, isWhole, versions });
  }

  fail(): void {
    this.#waiting.shift()?.reject(new SluiceError('unavailable', 'gone'));
  }

  tell(): void {
    this.#onChange();
  }
}

const lines: string[] = [];
const log = createLogger({ service: 'ingest', level: 'warn', destination: { write: (line) => void lines.push(line) } });
const open = (store: RegistryStore, everyMs = 1_000_000) => new StreamRegistry({ store: () => store, log, everyMs });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('it is loaded once it was read, and goes on from there', async () => {
  const store = new HeldStore();
  using registry = open(store);
  assert.throws(() => registry.requireLoaded(), /not read yet/);
  store.answer(3, [versionOf('A'), versionOf('B'), versionOf('A', 2)], true);
  await settled();
  registry.requireLoaded();
  assert.equal(registry.known('Bob', 'A')?.version, 2);
  assert.deepEqual(
    registry.ofClient('Bob').map(({ event }) => event),
    ['A', 'B'],
  );
  const refreshing = registry.refreshed();
  store.answer(4, [versionOf('C')]);
  await refreshing;
  assert.deepEqual(store.asked, [null, { generation: 'g', sequence: 3 }]);
  assert.ok(registry.known('Bob', 'A') && registry.known('Bob', 'C'));
});

test('a registry that was replaced as a whole leaves nothing of the old one', async () => {
  const store = new HeldStore();
  using registry = open(store);
  store.answer(1, [versionOf('A')], true);
  await settled();
  const refreshing = registry.refreshed();
  store.answer(1, [versionOf('B')], true);
  await refreshing;
  assert.equal(registry.known('Bob', 'A'), undefined);
  assert.equal(registry.topicLike('Bob.A'), undefined);
  assert.equal(registry.topicLike('Bob_B'), 'Bob.B');
});

test('however many miss at once, one question is under way and one follows, put after all of them came', async () => {
  const store = new HeldStore();
  using registry = open(store);
  const finding = Array.from({ length: 1_000 }, (_, index) => registry.find('Bob', `Event${index}`));
  await settled();
  assert.equal(store.asked.length, 1);
  // The first question began before they came, so that its answer proves nothing to them.
  store.answer(0, [], true);
  await settled();
  assert.equal(store.asked.length, 2);
  store.answer(1, [versionOf('Event7')]);
  const found = await Promise.all(finding);
  assert.deepEqual(
    found.flatMap((version) => version?.event ?? []),
    ['Event7'],
  );
  assert.equal(store.asked.length, 2);
});

test('what is known is found without a question, also while the store is down', async () => {
  const store = new HeldStore();
  using registry = open(store);
  store.answer(1, [versionOf('A')], true);
  await settled();
  assert.equal((await registry.find('Bob', 'A'))?.event, 'A');
  assert.equal(store.asked.length, 1);
  const missing = registry.find('Bob', 'B');
  store.fail();
  await assert.rejects(missing, { code: 'unavailable' });
  registry.requireLoaded();
  assert.equal((await registry.find('Bob', 'A'))?.event, 'A');
});

test('it asks when it is told of a change, and from time to time where nobody tells', async () => {
  const told = new HeldStore();
  using one = open(told);
  told.answer(0, [], true);
  await settled();
  told.tell();
  told.answer(1, [versionOf('A')]);
  await settled();
  assert.ok(one.known('Bob', 'A'));
  const untold = new HeldStore();
  using two = open(untold, 5);
  untold.answer(0, [], true);
  await waitFor('a question', () => untold.asked.length > 1);
  untold.answer(1, [versionOf('A')]);
  await waitFor('the answer', () => two.known('Bob', 'A'));
});

test('an outage is one line of the log, and so is the next', async () => {
  const store = new HeldStore();
  using _registry = open(store, 2);
  lines.length = 0;
  const fail = async (times: number) => {
    for (const before = store.asked.length; store.asked.length < before + times; ) {
      store.fail();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await fail(3);
  assert.equal(lines.length, 1);
  store.answer(0, [], true);
  await waitFor('the next question', () => store.asked.length > 4);
  await fail(3);
  assert.equal(lines.length, 2);
});

test('it listens to one store at a time, and to none when it has ended', async () => {
  const [first, second] = [new HeldStore(), new HeldStore()];
  let store = first;
  const registry = new StreamRegistry({ store: () => store, log, everyMs: 1_000_000 });
  first.answer(0, [], true);
  await settled();
  store = second;
  const refreshing = registry.refreshed();
  second.answer(0, [], true);
  await refreshing;
  assert.deepEqual([first.listeners, second.listeners], [0, 1]);
  registry[Symbol.dispose]();
  assert.equal(second.listeners, 0);
});
