import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DeliverySettings, ReceivedMessage } from './delivery.ts';
import { backoffMs } from './retry.ts';
import { Rig, type RigStream, settle } from './testing/rig.ts';

/**
 * Any sequence of what publishers and subscribers may do, against a model that knows of each message what the
 * documentation says of it, and nothing of cursors, queues or timers.
 */

type Step =
  | { readonly type: 'publish'; readonly keys: readonly number[] }
  | { readonly type: 'pull'; readonly maxMessages: number }
  | { readonly type: 'open'; readonly client: number; readonly maxMessages: number }
  | { readonly type: 'close'; readonly pick: number }
  | { readonly type: 'ack' | 'nack'; readonly picks: readonly number[] }
  | { readonly type: 'extend'; readonly pick: number; readonly ms: number }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'expire' | 'restart' }
  | { readonly type: 'seek'; readonly offset: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('publish'), keys: fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }) }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('pull'), maxMessages: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('open'), client: fc.nat(2), maxMessages: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close'), pick: fc.nat() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constantFrom('ack', 'ack', 'nack'),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('extend'), pick: fc.nat(), ms: fc.integer({ min: 1, max: 30_000 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('pass'), ms: fc.constantFrom(1, 999, 1_000, 2_500, 9_999, 10_000) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('expire', 'restart') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('seek'), offset: fc.nat(40) }) },
) as fc.Arbitrary<Step>;

interface Lease {
  readonly ackId: string;
  readonly taker: object;
  readonly group: object;
  endsMs: number;
}

/** What is known of one message. */
interface Known {
  readonly offset: number;
  /** Empty where nothing is in order. */
  readonly key: string;
  isAcked: boolean;
  isMatching: boolean;
  isForwarded: boolean;
  lease: Lease | null;
  failures: number;
  readyMs: number;
}

interface Held {
  readonly stream: RigStream;
  readonly group: object;
  readonly maxMessages: number;
  seen: number;
}

class Model {
  readonly #rig: Rig;
  readonly #settings: DeliverySettings;
  readonly #known: Known[] = [];
  readonly #received: ReceivedMessage[] = [];
  #streams: Held[] = [];
  readonly #groups = new Map<number, object>();
  /** The groups of all that a run or a seek ended: their ids may acknowledge no more, or still. */
  #foreign = new Set<string>();
  #overruled = new Set<string>();
  #hasSoughtInRun = false;

  constructor(rig: Rig, settings: DeliverySettings) {
    this.#rig = rig;
    this.#settings = settings;
  }

  get #nowMs(): number {
    return this.#rig.clock.now();
  }

  async run(step: Step): Promise<void> {
    switch (step.type) {
      case 'publish':
        await this.#publish(step.keys);
        break;
      case 'pull': {
        const taker = {};
        for (const received of await this.#rig.pull(step.maxMessages)) this.#take(received, taker, taker);
        break;
      }
      case 'open':
        this.#open(step.client, step.maxMessages);
        break;
      case 'close':
        this.#close(step.pick);
        break;
      case 'ack':
        await this.#ack(this.#pick(step.picks));
        break;
      case 'nack':
        this.#nack(this.#pick(step.picks));
        break;
      case 'extend':
        this.#extend(this.#pick([step.pick]), step.ms);
        break;
      case 'pass':
        await this.#pass(step.ms);
        break;
      case 'expire':
        this.#rig.faults.expire();
        this.#fail(this.#known.filter(({ lease }) => lease !== null));
        break;
      case 'restart':
        await this.#restart();
        break;
      case 'seek':
        await this.#seek(Math.min(step.offset, this.#known.length));
        break;
      default:
        step satisfies never;
    }
    await settle(20);
    this.#look();
  }

  /** Whatever is not acknowledged is delivered in the end, and nothing else. */
  async finish(): Promise<void> {
    while (this.#streams.length > 0) this.#close(0);
    for (let round = 0; round < 200; round += 1) {
      const taker = {};
      const lot = await this.#rig.pull();
      for (const received of lot) this.#take(received, taker, taker);
      await this.#ack(lot);
      if (this.#known.every(({ isAcked, isMatching }) => isAcked || !isMatching)) break;
      await this.#pass(10_000);
      await settle(20);
    }
    const left = this.#known.filter(({ isAcked, isMatching }) => !isAcked && isMatching);
    assert.deepEqual(left, [], 'every message is delivered until it is acknowledged');
    await settle(20);
    assert.deepEqual(this.#rig.delivery.state(), { below: this.#known.length, ranges: [] });
  }

  async #publish(keys: readonly number[]): Promise<void> {
    for (const number of keys) {
      const offset = this.#known.length;
      const name = number === 0 ? '' : `k${number}`;
      const text = name === '' ? `${offset}` : `${name}:${offset}`;
      this.#known.push({
        offset,
        key: this.#settings.isOrdered ? name : '',
        isAcked: false,
        isMatching: this.#settings.matches({ attributes: { text } }),
        isForwarded: false,
        lease: null,
        failures: 0,
        readyMs: 0,
      });
      await this.#rig.publish(text);
    }
  }

  #open(client: number, maxMessages: number): void {
    const stream = this.#rig.stream({ clientId: client === 0 ? '' : `c${client}`, maxMessages });
    const group = (client === 0 ? undefined : this.#groups.get(client)) ?? {};
    if (client !== 0) this.#groups.set(client, group);
    this.#streams.push({ stream, group, maxMessages, seen: 0 });
  }

  #close(pick: number): void {
    const [held] = this.#streams.splice(pick % Math.max(1, this.#streams.length), 1);
    held?.stream[Symbol.dispose]();
  }

  /** What the streams got since. */
  #look(): void {
    const got = this.#streams.flatMap((held) => {
      const received = held.stream.received.slice(held.seen);
      held.seen = held.stream.received.length;
      return received.map((each) => ({ each, held }));
    });
    // Streams of one client share a key: only the order of all they got can be looked at.
    got.sort((a, b) => leaseOf(a.each) - leaseOf(b.each));
    for (const { each, held } of got) this.#take(each, held.stream, held.group);
    for (const { stream, maxMessages } of this.#streams) {
      const has = this.#known.filter(({ lease }) => lease?.taker === stream).length;
      assert(maxMessages === 0 || has <= maxMessages, `a stream has ${has}, its limit is ${maxMessages}`);
      assert(!this.#hasRoom(stream, maxMessages) || !this.#isAnyFor(stream), 'a stream waits in vain');
    }
  }

  #hasRoom(stream: object, maxMessages: number): boolean {
    return maxMessages === 0 || this.#known.filter(({ lease }) => lease?.taker === stream).length < maxMessages;
  }

  #isAnyFor(stream: object): boolean {
    const group = this.#streams.find((held) => held.stream === stream)?.group as object;
    return this.#known.some((known) => this.#mayTake(known, group));
  }

  #mayTake(known: Known, group: object): boolean {
    if (known.isAcked || known.isForwarded || !known.isMatching || known.lease !== null) return false;
    if (known.readyMs > this.#nowMs) return false;
    if (known.key === '') return true;
    const ofKey = this.#known.filter(({ key, isAcked, isMatching }) => key === known.key && !isAcked && isMatching);
    return ofKey.every(
      ({ offset, lease }) => (offset >= known.offset || lease !== null) && (lease === null || lease.group === group),
    );
  }

  #take(received: ReceivedMessage, taker: object, group: object): void {
    const known = this.#known[received.message.offset];
    assert(known);
    assert(!known.isAcked, `${known.offset} was acknowledged`);
    assert(known.isMatching, `${known.offset} does not match the filter`);
    assert.equal(known.lease, null, `${known.offset} is outstanding`);
    assert(known.readyMs <= this.#nowMs, `${known.offset} rests`);
    assert(this.#mayTake(known, group), `${known.offset} is not next of its key, or another holds it`);
    assert.equal(received.deliveryAttempt, this.#settings.deadLetter === null ? 0 : known.failures + 1);
    known.lease = { ackId: received.ackId, taker, group, endsMs: this.#nowMs + 10_000 };
    this.#received.push(received);
  }

  /** Among the latest received, so that most are still outstanding. */
  #pick(picks: readonly number[]): ReceivedMessage[] {
    const latest = this.#received.slice(-12);
    return [...new Set(picks.map((pick) => latest[pick % latest.length]))].filter((each) => each !== undefined);
  }

  async #ack(received: readonly ReceivedMessage[]): Promise<void> {
    const outcomes = await this.#rig.ack(...received);
    const expected = new Map<ReceivedMessage, string>();
    const inOrder = [...received].sort((a, b) => a.message.offset - b.message.offset);
    for (const each of inOrder)
      expected.set(each, this.#settings.isExactlyOnce ? this.#confirm(each) : this.#forgive(each));
    assert.deepEqual(
      outcomes,
      received.map((each) => expected.get(each)),
    );
  }

  #confirmed = new Set<string>();

  #confirm({ ackId, message }: ReceivedMessage): string {
    const known = this.#known[message.offset] as Known;
    if (this.#overruled.has(ackId) || this.#foreign.has(ackId)) return 'invalid';
    if (this.#confirmed.has(ackId)) return 'done';
    if (known.lease?.ackId !== ackId) return 'invalid';
    const isAhead = this.#known.some(
      ({ key, offset, lease }) => known.key !== '' && key === known.key && offset < known.offset && lease !== null,
    );
    if (isAhead) return 'unordered';
    known.lease = null;
    known.isAcked = true;
    this.#confirmed.add(ackId);
    return 'done';
  }

  #forgive({ ackId, message }: ReceivedMessage): string {
    const known = this.#known[message.offset] as Known;
    if (this.#overruled.has(ackId) || (this.#foreign.has(ackId) && this.#hasSoughtInRun)) return 'done';
    known.isAcked = true;
    known.lease = null;
    return 'done';
  }

  #nack(received: readonly ReceivedMessage[]): void {
    const outcomes = this.#rig.nack(...received);
    const isGood = received.map((each) => this.#isCurrent(each));
    assert.deepEqual(
      outcomes,
      isGood.map((is) => (is || !this.#settings.isExactlyOnce ? 'done' : 'invalid')),
    );
    this.#fail(received.filter(this.#isCurrent).map(({ message }) => this.#known[message.offset] as Known));
  }

  #extend(received: readonly ReceivedMessage[], ms: number): void {
    this.#rig.extend(ms, ...received);
    for (const each of received) {
      const { lease } = this.#known[each.message.offset] as Known;
      if (lease?.ackId === each.ackId) lease.endsMs = this.#nowMs + ms;
    }
  }

  readonly #isCurrent = ({ ackId, message }: ReceivedMessage): boolean =>
    this.#known[message.offset]?.lease?.ackId === ackId;

  /** Lets time pass in such steps that the model sees every end of a lease, and each stream what came of it. */
  async #pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const times = this.#known.flatMap(({ lease, readyMs }) => [lease?.endsMs ?? 0, readyMs]);
      const nextMs = Math.min(untilMs, ...times.filter((time) => time > this.#nowMs));
      this.#rig.clock.advance(nextMs - this.#nowMs);
      this.#fail(this.#known.filter(({ lease }) => lease !== null && lease.endsMs <= nextMs));
      await settle(20);
      this.#look();
      if (nextMs >= untilMs) return;
    }
  }

  #fail(failed: readonly Known[]): void {
    for (const known of failed) {
      known.lease = null;
      known.failures += 1;
      known.readyMs = this.#nowMs + backoffMs(this.#settings.retry, known.failures);
      const most = this.#settings.deadLetter?.maxDeliveryAttempts ?? Number.POSITIVE_INFINITY;
      if (known.failures >= most) known.isAcked = true;
      if (known.key === '') continue;
      for (const later of this.#known) {
        if (later.key === known.key && later.offset > known.offset && !failed.includes(later)) later.lease = null;
      }
    }
  }

  async #restart(): Promise<void> {
    while (this.#streams.length > 0) this.#close(0);
    this.#groups.clear();
    await this.#rig.restart();
    for (const { ackId } of this.#received) this.#foreign.add(ackId);
    this.#hasSoughtInRun = false;
    this.#overruled = new Set();
    this.#confirmed = new Set();
    this.#forgetLeases();
  }

  async #seek(offset: number): Promise<void> {
    await this.#rig.delivery.seekTo({ below: offset, ranges: [] });
    for (const { ackId } of this.#received) if (!this.#foreign.has(ackId)) this.#overruled.add(ackId);
    this.#hasSoughtInRun = true;
    this.#forgetLeases();
    for (const known of this.#known) known.isAcked = known.offset < offset;
  }

  #forgetLeases(): void {
    for (const known of this.#known) {
      known.lease = null;
      known.failures = 0;
      known.readyMs = 0;
    }
  }
}

function leaseOf({ ackId }: ReceivedMessage): number {
  return Number(ackId.split('.').at(-1));
}

test('any sequence of publishing, taking, acknowledging, failing, seeking and restarting follows the documentation', async () => {
  const settings = fc.record({
    isOrdered: fc.boolean(),
    isExactlyOnce: fc.boolean(),
    retry: fc.constantFrom(null, { minimumBackoffMs: 1_000, maximumBackoffMs: 3_000 }),
    deadLetter: fc.constantFrom(null, { maxDeliveryAttempts: 3 }),
    hasFilter: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(steps, { minLength: 10, maxLength: 60 }),
      async ({ hasFilter, ...chosen }, all) => {
        const matches: DeliverySettings['matches'] = hasFilter
          ? ({ attributes }) => !attributes.text?.endsWith('3')
          : () => true;
        await using rig = await Rig.open({ settings: { ...chosen, matches } });
        const whole = { ackDeadlineMs: 10_000, retentionMs: 0, retainAcked: false, ...chosen, matches };
        const model = new Model(rig, whole);
        for (const step of all) await model.run(step);
        await model.finish();
      },
    ),
    { numRuns: 300 },
  );
});
