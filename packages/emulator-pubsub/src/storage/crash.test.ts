import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultyFileSystem, faultyFileSystem, LogError, ManualClock } from '@sluice/durable-log';
import { seededRandom } from '@sluice/testing';
import fc from 'fast-check';
import { openDurableStorage } from './durable-storage.ts';
import type { AckLog, MessageLog, Storage } from './storage.ts';
import { readAll, textMessage } from './testing/samples.ts';

const TOPICS = ['t-0', 't-1'];
const SUBSCRIPTIONS = ['s-0', 's-1'];

type Step =
  | { readonly kind: 'publish'; readonly topic: number; readonly sizes: readonly number[] }
  | { readonly kind: 'ack'; readonly subscription: number; readonly offsets: readonly number[] }
  | { readonly kind: 'seek'; readonly subscription: number; readonly below: number; readonly from: number }
  | { readonly kind: 'resource'; readonly keys: readonly number[]; readonly isRemoval: boolean };

const index = fc.nat(1);

const step: fc.Arbitrary<Step & { readonly wait: boolean }> = fc
  .tuple(
    fc.oneof(
      fc.record({
        kind: fc.constant('publish' as const),
        topic: index,
        sizes: fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(80) }, fc.nat(3_000)), { minLength: 1, maxLength: 4 }),
      }),
      fc.record({
        kind: fc.constant('ack' as const),
        subscription: index,
        offsets: fc.array(fc.nat(60), { minLength: 1, maxLength: 6 }),
      }),
      fc.record({ kind: fc.constant('seek' as const), subscription: index, below: fc.nat(20), from: fc.nat(40) }),
      fc.record({
        kind: fc.constant('resource' as const),
        keys: fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }),
        isRemoval: fc.boolean(),
      }),
    ),
    fc.boolean(),
  )
  .map(([each, wait]) => ({ ...each, wait }));

/** One life of a process. */
interface Session {
  readonly steps: readonly (Step & { readonly wait: boolean })[];
  /** After so many operations of the disk the machine stops. */
  readonly operations: number;
  readonly end: 'power' | 'kill';
  readonly seed: number;
}

const session: fc.Arbitrary<Session> = fc.record({
  steps: fc.array(step, { maxLength: 25 }),
  operations: fc.nat(70),
  end: fc.constantFrom('power', 'power', 'kill'),
  seed: fc.nat(),
});

/**
 * Something that changes step by step: what is found after a crash must be one of the states from the last that was
 * promised on, where each was asked for.
 */
class History {
  #states: string[];
  #promised = 0;

  constructor(state: string) {
    this.#states = [state];
  }

  get latest(): string {
    return this.#states.at(-1) ?? '';
  }

  /** Whether it worked; a promise of a later one covers all before it. */
  async ask(state: string, asked: Promise<unknown>): Promise<void> {
    const at = this.#states.push(state) - 1;
    await asked.then(
      () => {
        this.#promised = Math.max(this.#promised, at);
      },
      (error: unknown) => assert.ok(error instanceof LogError, String(error)),
    );
  }

  check(found: string): void {
    const possible = this.#states.slice(this.#promised);
    assert.ok(possible.includes(found), `${found} is none of\n${possible.join('\n')}`);
    this.#states = [found];
    this.#promised = 0;
  }
}

interface Publish {
  readonly texts: readonly string[];
  isPromised: boolean;
}

/** What is published must be there in the order of the calls; what got no answer may be there, as a whole, in its place. */
class Published {
  #kept: readonly string[] = [];
  #asked: Publish[] = [];

  async ask(texts: readonly string[], appending: Promise<unknown>): Promise<void> {
    const publish: Publish = { texts, isPromised: false };
    this.#asked.push(publish);
    await appending.then(
      () => {
        publish.isPromised = true;
      },
      (error: unknown) => assert.ok(error instanceof LogError, String(error)),
    );
  }

  check(found: readonly string[]): void {
    const all = [...this.#kept, ...this.#asked.flatMap(({ texts }) => texts)];
    assert.deepEqual(found, all.slice(0, found.length), 'in the order of the calls, and nothing else');
    let end = this.#kept.length;
    const ends = [end];
    let promised = end;
    for (const { texts, isPromised } of this.#asked) {
      end += texts.length;
      ends.push(end);
      if (isPromised) promised = end;
    }
    assert.ok(found.length >= promised, `${found.length} of ${promised} promised`);
    assert.ok(ends.includes(found.length), 'a publish is there as a whole or not at all');
    this.#kept = found;
    this.#asked = [];
  }
}

/** All lives together: what must be found. */
class World {
  readonly #published = TOPICS.map(() => new Published());
  readonly #acks = SUBSCRIPTIONS.map(() => new History('undefined'));
  readonly #resources = new History('{}');
  readonly #messageIds = new Map<string, string>();
  #wanted: Record<string, string> = {};
  #serial = 0;

  async check(storage: Storage): Promise<{ topics: MessageLog[]; subscriptions: AckLog[] }> {
    const topics = await Promise.all(TOPICS.map((id) => storage.openMessages(id)));
    const subscriptions = await Promise.all(SUBSCRIPTIONS.map((id) => storage.openAcks(id)));
    for (const [at, topic] of topics.entries()) {
      const found = await readAll(topic, { maxMessages: 3, maxBytes: 500 });
      const texts = found.map(({ data }) => data.toString());
      for (const [place, { messageId }] of found.entries()) {
        const text = texts[place] ?? '';
        assert.equal(this.#messageIds.get(messageId) ?? text, text, 'an id means one message for ever');
        this.#messageIds.set(messageId, text);
      }
      this.#published[at]?.check(texts);
    }
    for (const [at, acks] of subscriptions.entries())
      this.#acks[at]?.check(JSON.stringify(acks.state()) ?? 'undefined');
    this.#resources.check(shown(storage));
    this.#wanted = JSON.parse(shown(storage));
    return { topics, subscriptions };
  }

  take(each: Step, storage: Storage, topics: readonly MessageLog[], subscriptions: readonly AckLog[]): Promise<void> {
    switch (each.kind) {
      case 'publish': {
        this.#serial += 1;
        const texts = each.sizes.map((size, at) => `${this.#serial} ${at} ${'x'.repeat(size)}`);
        const appending = topics[each.topic]?.append(texts.map((text) => textMessage(text))) ?? never();
        return this.#published[each.topic]?.ask(texts, appending) ?? never();
      }
      case 'ack':
      case 'seek': {
        const acks = subscriptions[each.subscription] ?? never();
        const changing =
          each.kind === 'ack'
            ? acks.add(each.offsets)
            : acks.replace({ below: each.below, ranges: [[each.below + 1 + each.from, each.below + 5 + each.from]] });
        return this.#acks[each.subscription]?.ask(JSON.stringify(acks.state()), changing) ?? never();
      }
      case 'resource': {
        this.#serial += 1;
        const changes = each.keys.map((key) => ({
          key: `key ${key}`,
          value: each.isRemoval ? null : Buffer.from(`${this.#serial}`),
        }));
        const wanted = { ...this.#wanted };
        for (const { key, value } of changes) {
          if (value === null) delete wanted[key];
          else wanted[key] = value.toString();
        }
        this.#wanted = wanted;
        return this.#resources.ask(
          JSON.stringify(wanted, Object.keys(wanted).sort()),
          storage.resources.write(changes),
        );
      }
      default:
        return each satisfies never;
    }
  }
}

function never(): never {
  throw new Error('the test is wrong');
}

function shown({ resources }: Storage): string {
  const entries = [...resources.entries()].map(([key, value]) => [key, value.toString()] as const);
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}

const open = (fileSystem: FaultyFileSystem): Promise<Storage> =>
  openDurableStorage({ directory: '/data', fileSystem, clock: new ManualClock(), cacheBytes: 5_000 });

async function live(fileSystem: FaultyFileSystem, world: World, { steps, operations }: Session): Promise<void> {
  const storage = await open(fileSystem);
  const { topics, subscriptions } = await world.check(storage);
  fileSystem.stopAt(fileSystem.operations.length + operations);
  const answers: Promise<unknown>[] = [];
  for (const each of steps) {
    const answer = world.take(each, storage, topics, subscriptions);
    answers.push(answer);
    if (each.wait) await answer;
  }
  await Promise.all(answers);
  await Promise.resolve(storage[Symbol.asyncDispose]()).catch(() => undefined);
}

test('whatever a crash leaves: all that was promised is there, and nothing that was not asked for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(session, { minLength: 1, maxLength: 4 }), async (sessions) => {
      const world = new World();
      let fileSystem = faultyFileSystem();
      for (const each of sessions) {
        await live(fileSystem, world, each);
        const random = seededRandom(each.seed);
        fileSystem = each.end === 'kill' ? fileSystem.kill() : fileSystem.crash((ways) => random.below(ways));
      }
      await using storage = await open(fileSystem);
      await world.check(storage);
    }),
    { numRuns: Number(process.env.CRASH_RUNS ?? 200) },
  );
});
