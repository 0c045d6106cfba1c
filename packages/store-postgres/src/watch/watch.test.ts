import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { registrationItem, rowItem } from '@sluice/contract-tests';
import type { Store } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { Client, type Pool } from 'pg';
import { connectionConfig, openPool } from '../connect.ts';
import { openPostgresStore } from '../store.ts';
import { openProbe, type Probe } from '../testing/probe.ts';
import { serverForFile } from '../testing/server.ts';
import { CHANNEL } from './notifier.ts';
import { PostgresWatch } from './watch.ts';

const { url } = await serverForFile();
const never = new AbortController().signal;

const LISTENERS = `select pid from pg_stat_activity where application_name = 'sluice' and query = 'listen ${CHANNEL}'`;

const listeners = async ({ client }: Probe): Promise<readonly number[]> =>
  (await client.query<{ pid: number }>(LISTENERS)).rows.map(({ pid }) => pid);

const listening = (probe: Probe): Promise<unknown> =>
  waitFor('a listener', async () => (await listeners(probe)).length > 0);

/** A watch of its own, with its questions counted. */
function countedWatch(): { readonly watch: PostgresWatch; readonly pool: Pool; readonly questions: () => number } {
  const pool = openPool({ url });
  let questions = 0;
  pool.on('acquire', () => questions++);
  return { watch: new PostgresWatch(pool, connectionConfig({ url })), pool, questions: () => questions };
}

const apply = ({ writer }: Store, items: Parameters<Store['writer']['apply']>[0]['items']): Promise<unknown> =>
  writer.apply({ group: 'g', items, advance: null });

describe('watching PostgreSQL', () => {
  test('a thousand who wait cost a bounded number of questions; one more is too many', async () => {
    await using probe = await openProbe({ url });
    const { watch, pool, questions } = countedWatch();
    const items = Array.from({ length: 1_000 }, (_, n) => rowItem(n));
    const startedAt = performance.now();
    const waiting = items.map(({ commandId }) => watch.outcome(commandId, never));
    await assert.rejects(watch.outcome(randomUUID(), never), { code: 'overloaded' });
    for (let from = 0; from < items.length; from += 50) await apply(probe.store, items.slice(from, from + 50));
    const told = await Promise.all(waiting);
    assert.deepEqual(
      told.map((outcome) => outcome?.id),
      items.map(({ commandId }) => commandId),
    );
    // At most one in the time of rest between two, and never one for each who waits.
    const most = Math.min(200, (performance.now() - startedAt) / 10 + 3);
    assert.ok(questions() <= most, `${questions()} questions`);
    assert.equal((await watch.outcome(items[0]?.commandId ?? '', never))?.status, 'projected', 'there is room again');
    await watch[Symbol.asyncDispose]();
    await pool.end();
  });

  test('nobody is asked while nobody waits, and once a second while nothing is heard', async () => {
    await using _probe = await openProbe({ url });
    const { watch, pool, questions } = countedWatch();
    const giveUp = new AbortController();
    const waiting = watch.outcome(randomUUID(), giveUp.signal);
    await waitFor('the third question', async () => questions() >= 3);
    const startedAt = performance.now();
    await waitFor('two more', async () => questions() >= 5);
    assert.ok(performance.now() - startedAt > 900);
    giveUp.abort();
    await waiting;
    const before = questions();
    // What is heard while nobody waits leads to no question.
    await pool.query('select pg_notify($1, $2)', [CHANNEL, 'outcomes']);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    assert.equal(questions() - before, 1, 'the notice itself');
    await watch[Symbol.asyncDispose]();
    await pool.end();
  });

  test('what notices tell comes much sooner than the question once a second', async () => {
    await using probe = await openProbe({ url });
    await using another = await probe.openAnother();
    const times: number[] = [];
    for (let n = 0; n < 10; n++) {
      const item = rowItem(n);
      const waiting = another.watch.outcome(item.commandId, never);
      await listening(probe);
      const startedAt = performance.now();
      await apply(probe.store, [item]);
      await waiting;
      times.push(performance.now() - startedAt);
    }
    times.sort((a, b) => a - b);
    assert.ok((times[4] ?? 0) < 700, `${times.map(Math.round)} ms`);
  });

  test('when notices are lost, outcomes are told all the same', async () => {
    await using probe = await openProbe({ url });
    await using silent = await openPostgresStore({ url, notifies: false });
    const item = rowItem(0);
    const waiting = probe.store.watch.outcome(item.commandId, never);
    await listening(probe);
    await apply(silent, [item]);
    assert.equal((await waiting)?.id, item.commandId);
  });

  test('a listener whose connection is cut listens again, however often, and tells that something was missed', async () => {
    await using probe = await openProbe({ url });
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    let told = 0;
    using _ = probe.store.watch.onRegistryChange(() => told++);
    const cut = new Set<number>();
    for (let round = 0; round < 12; round++) {
      const before = told;
      const pid = await waitFor('a new listener', async () => (await listeners(probe)).find((one) => !cut.has(one)));
      await waitFor('its first word', async () => told > 0);
      cut.add(pid);
      await probe.client.query('select pg_terminate_backend($1)', [pid]);
      await waitFor('the first word of the next', async () => told > before);
    }
    told = 0;
    await apply(probe.store, [registrationItem(0)]);
    await waitFor('the change', async () => told > 0);
    process.off('warning', warned);
    assert.deepEqual(warnings, []);
  });

  test('a notice is never sent inside a transaction, and many commits share one', async () => {
    await using probe = await openProbe({ url });
    const listener = new Client({ connectionString: url });
    await listener.connect();
    let notices = 0;
    listener.on('notification', () => notices++);
    await listener.query(`listen ${CHANNEL}`);
    await probe.client.query('begin; lock table sluice.generation in access exclusive mode');
    const blocked = apply(probe.store, [rowItem(0)]);
    await waitFor('the batch to wait', async () => {
      const { rowCount } = await probe.client.query(`select from pg_locks where not granted`);
      return rowCount === 1;
    });
    assert.equal(notices, 0);
    await probe.client.query('commit');
    await blocked;
    await waitFor('a notice', async () => notices > 0);
    const before = notices;
    const startedAt = performance.now();
    for (let n = 1; n <= 300; n++) await apply(probe.store, [rowItem(n)]);
    const most = (performance.now() - startedAt) / 10 + 2;
    await waitFor('more notices', async () => notices > before);
    assert.ok(notices - before <= Math.min(most, 299), `${notices - before} notices`);
    await listener.end();
  });

  test('while PostgreSQL is out of reach, who waits is told so', async () => {
    await using _probe = await openProbe({ url });
    const { watch, pool } = countedWatch();
    const waiting = watch.outcome(randomUUID(), never);
    await pool.end();
    await assert.rejects(waiting, { code: 'closed' });
    await watch[Symbol.asyncDispose]();
  });
});
