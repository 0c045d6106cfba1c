import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { NewRecord, Publisher } from '@sluice/core';
import { tableTransactionCommand } from '@sluice/streams';
import { type Random, seededRandom, waitFor } from '@sluice/testing';
import { type ArrangeFault, type Environment, PROJECT } from '../environments/environment.ts';
import { openBrokerAt } from '../environments/open-broker.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { Stored } from '../pipeline/stored.ts';

const CLEAN = { code: 0, signal: null };
/** Each has tables, and an ordering key, of its own. */
const CLIENTS = Array.from({ length: 20 }, (_, index) => `c${index}`);
const CHUNK = 250;
/** Of all commands, how many are sent once more later on, as by a sender that had no answer. */
const SENT_AGAIN = 0.05;
const FAULT_EVERY_MS = 100;
const DONE_WITHIN_MS = 120_000;

/**
 * All that a broker without offsets does to its consumers, at once, to commands whose effects tell how often and in which
 * order they were done. `MESSAGES` is how many there are.
 */
export function redeliveries(environment: () => Environment, defaultMessages: number): void {
  const messages = Number(process.env.MESSAGES ?? defaultMessages);
  const random = seededRandom();

  test(`${messages} messages with duplicates, redeliveries, expired deadlines, killed consumers and a killed broker: each has its effect once, each key keeps its order, TEST_SEED=${random.seed}`, {
    timeout: DONE_WITHIN_MS + messages * 10,
  }, async (t) => {
    const { arrangeFault, broker: server, brokerKind, brokerAddress } = environment();
    assert.ok(arrangeFault, 'the broker must be one that can be made to misbehave');
    await using pipeline = await Pipeline.on(environment());
    const { activitiesTopic: topic, group } = pipeline;
    // The ingest makes the topic, and is not needed any more then.
    const { ingest } = await pipeline.started('ingest');
    await ingest.stop();
    const consumers = [await pipeline.service('consumer'), await pipeline.service('consumer')] as const;
    await Promise.all(consumers.map((consumer) => consumer.start()));
    await using sender = await openBrokerAt({ brokerKind, brokerAddress });

    const commands = turnsOf(messages, topic);
    const chunks = Array.from({ length: Math.ceil(messages / CHUNK) }, (_, index) =>
      commands.slice(index * CHUNK, (index + 1) * CHUNK),
    );
    await using faults = new Faults(arrangeFault, { subscription: `${group}.${topic}`, topic }, random);
    const killAt = new Map([
      [Math.floor(chunks.length * 0.25), 'a consumer'],
      [Math.floor(chunks.length * 0.5), 'the broker'],
      [Math.floor(chunks.length * 0.75), 'the other consumer'],
    ]);
    // With messages in hand, which come again after ten seconds: without an order of their key, behind those that follow.
    const killed = async (victim: string | undefined): Promise<void> => {
      if (victim === undefined) return;
      await delay(random.below(50));
      if (victim === 'the broker') {
        await server.kill();
        return await server.start();
      }
      const consumer = consumers[victim === 'a consumer' ? 0 : 1];
      await consumer.kill();
      consumer.launch();
    };
    let again = 0;
    for (const [index, chunk] of chunks.entries()) {
      await faults.spoilPublishing();
      await Promise.all([sentInOrder(sender.publisher, chunk), killed(killAt.get(index))]);
      const earlier = commands.slice(0, (index + 1) * CHUNK).filter(() => random.next() < SENT_AGAIN / chunks.length);
      again += earlier.length;
      await sentInOrder(sender.publisher, earlier);
    }
    const stored = new Stored(pipeline.databaseUrl);
    const decided = async () =>
      (await stored.query<{ n: number }>(`select count(*)::int n from sluice.decisions where topic = $1`, [topic]))[0]
        ?.n;
    await waitFor('all to be decided', async () => (await decided()) === messages, {
      timeoutMs: DONE_WITHIN_MS + messages * 5,
      intervalMs: 200,
    });
    await faults[Symbol.asyncDispose]();
    t.diagnostic(`${again} sent again, ${faults.told()}`);
    await requireTurns(stored, messages);
    const duplicates = await Promise.all(consumers.map((consumer) => consumer.metric('duplicates_total')));
    t.diagnostic(`${duplicates.join(' and ')} duplicates since the consumers were killed`);
    for (const consumer of consumers) {
      await consumer.ready();
      assert.deepEqual(await consumer.stop(), CLEAN);
    }
  });
}

/**
 * Faults of the emulator, one after the other at random, until it is told to end. `reorder` is not among them: a broker that
 * breaks the order of a key breaks its word, and no consumer can mend that.
 */
class Faults implements AsyncDisposable {
  readonly #emulator: ArrangeFault;
  readonly #topic: string;
  readonly #subscription: string;
  readonly #random: Random;
  readonly #counts = new Map<string, number>();
  readonly #delivering: Promise<void>;
  #isRunning = true;

  constructor(emulator: ArrangeFault, at: { readonly subscription: string; readonly topic: string }, random: Random) {
    this.#emulator = emulator;
    this.#topic = `projects/${PROJECT}/topics/${at.topic}`;
    this.#subscription = `projects/${PROJECT}/subscriptions/${at.subscription}`;
    this.#random = random;
    this.#delivering = this.#spoilDelivery();
  }

  /** A few at a time: one after the other, they would come faster than a sender tries again. */
  async spoilPublishing(): Promise<void> {
    if (this.#random.next() < 0.5) await this.#arrange('failPublishes', this.#topic, 'UNAVAILABLE', 2);
    else await this.#arrange('losePublishReplies', this.#topic, 2);
  }

  told(): string {
    return [...this.#counts].map(([method, count]) => `${method} ${count} times`).join(', ');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isRunning = false;
    await this.#delivering;
  }

  async #spoilDelivery(): Promise<void> {
    while (this.#isRunning) {
      const [method, ...args] = this.#random.pick<readonly [string, ...number[]]>([
        ['deliverTwice', 20],
        ['expireDeadlines'],
        ['failAcks', 5],
        ['stallStreams'],
      ]);
      // While the emulator is down there is nothing to arrange.
      await this.#arrange(method, this.#subscription, ...args).catch(() => {});
      await delay(FAULT_EVERY_MS);
      await this.#emulator('resumeStreams', this.#subscription).catch(() => {});
    }
    await this.#emulator('clear').catch(() => {});
  }

  async #arrange(method: string, ...args: readonly unknown[]): Promise<void> {
    await this.#emulator(method, ...args);
    this.#counts.set(method, (this.#counts.get(method) ?? 0) + 1);
  }
}

/** Sends until all is confirmed. What failed may be in the log, and goes out again in the order it had. */
async function sentInOrder(publisher: Publisher, records: readonly NewRecord[]): Promise<void> {
  let rest = records;
  await waitFor(
    'the messages to be confirmed',
    async () => {
      const results = await publisher.publish(rest);
      const failed = results.find(({ kind }) => kind === 'failed');
      rest = rest.filter((_, index) => results[index]?.kind !== 'published');
      if (failed?.kind === 'failed') throw failed.error;
      return true;
    },
    { timeoutMs: 60_000 },
  );
}

/**
 * Each puts a turn where the one before it was, and notes it. Out of order, the one before is not there to be deleted, so
 * that two are left; done twice, it is noted twice.
 */
function turnsOf(count: number, topic: string): readonly NewRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const client = CLIENTS[index % CLIENTS.length] ?? '';
    const turn = Math.floor(index / CLIENTS.length) + 1;
    const row = (value: number) => ({ col_names: ['turn'], col_types: ['INTEGER'], col_values: [value] });
    const insert = (table: string) => ({ operation: 'insert', table, ...row(turn) });
    const before = { operation: 'delete', table: 'latest', value_to_delete: row(turn - 1) };
    const activities = [insert('turns'), ...(turn === 1 ? [] : [before]), insert('latest')];
    return tableTransactionCommand({
      topic,
      commandId: randomUUID(),
      client,
      value: Buffer.from(JSON.stringify({ activities })),
      acceptedAtMs: index,
      correlationId: randomUUID(),
    });
  });
}

async function requireTurns(stored: Stored, messages: number): Promise<void> {
  for (const [index, client] of CLIENTS.entries()) {
    const last = Math.floor((messages - 1 - index) / CLIENTS.length) + 1;
    const of = async (table: string) =>
      (await stored.query<{ turn: number }>(`select turn::int from sluice_${client}.${table} order by turn`)).map(
        ({ turn }) => turn,
      );
    assert.deepEqual(await of('latest'), [last], `${client}: the last turn alone is left`);
    assert.deepEqual(
      await of('turns'),
      Array.from({ length: last }, (_, turn) => turn + 1),
      `${client}: each turn was noted once`,
    );
  }
}
