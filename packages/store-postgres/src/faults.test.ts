import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advance, deadLetterItem, inPartition, rowItem } from '@sluice/contract-tests';
import { type ErrorCode, SluiceError, type StoreWriter } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { Client, DatabaseError } from 'pg';
import { openPool } from './connect.ts';
import { translated } from './errors.ts';
import { openPostgresStore } from './index.ts';
import { openProbe, type Probe } from './testing/probe.ts';
import { serverForFile } from './testing/server.ts';
import { inTransaction } from './write/transaction.ts';

const { url } = await serverForFile();

/** Rejects with that code, and leaves neither a row nor a moved position. */
async function assertUndone(probe: Probe, applying: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(applying, (error) => {
    assert.ok(error instanceof SluiceError, String(error));
    assert.equal(error.code, code, String(error.cause));
    return true;
  });
  const { rows } = await probe.client.query('select id from sluice.timestamp_records where record_offset > 0');
  assert.deepEqual(rows, []);
  assert.deepEqual(await probe.store.writer.positions('g'), [advance(null, 1).to]);
}

/** The second batch of a partition, which waits for whoever holds the position. */
const secondBatch = (writer: StoreWriter): Promise<unknown> =>
  writer.apply({ group: 'g', items: [rowItem(1), rowItem(2)], advance: advance(1, 3) });

async function withFirstBatch(probe: Probe): Promise<void> {
  await probe.store.writer.apply({ group: 'g', items: [rowItem(0)], advance: advance(null, 1) });
}

/** Server processes of stores, that is of others than the probe, that wait for a lock. */
async function waitingForLock(probe: Probe): Promise<number> {
  return await waitFor('a store to wait for a lock', async () => {
    // Inside a transaction the server shows what it showed first.
    await probe.client.query('select pg_stat_clear_snapshot()');
    const { rows } = await probe.client.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'sluice' and wait_event_type = 'Lock'`,
    );
    return rows[0]?.pid;
  });
}

describe('faults', () => {
  test('a server process that is ended in the middle of a batch: unavailable, undone, and the next try goes through', async () => {
    await using probe = await openProbe({ url });
    await withFirstBatch(probe);
    await probe.client.query('begin; select * from sluice.positions for update');
    const applying = secondBatch(probe.store.writer);
    applying.catch(() => {});
    const pid = await waitingForLock(probe);
    await probe.client.query(`select pg_terminate_backend(${pid}); commit`);
    await assertUndone(probe, applying, 'unavailable');
    await secondBatch(probe.store.writer);
    assert.deepEqual(await probe.store.writer.positions('g'), [advance(1, 3).to]);
  });

  test('a connection that ends between two statements does not end the process', async () => {
    await using probe = await openProbe({ url });
    const pool = openPool({ url });
    const applying = inTransaction(pool, async (client) => {
      await client.query('begin');
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const ended = new Promise((resolve) => client.once('end', resolve));
      await probe.client.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
      await client.query('select 1');
    });
    await assert.rejects(
      translated(() => applying),
      { code: 'unavailable' },
    );
    assert.deepEqual((await pool.query('select 1 as one')).rows, [{ one: 1 }]);
    await pool.end();
  });

  test('idle connections that the server ends do no harm', async () => {
    await using probe = await openProbe({ url });
    await Promise.all(Array.from({ length: 5 }, () => probe.store.ping()));
    await probe.client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice'`,
    );
    await waitFor('the connections to be gone', async () => {
      const { rowCount } = await probe.client.query(`select from pg_stat_activity where application_name = 'sluice'`);
      return rowCount === 0;
    });
    // The server's good-bye may still be on its way: a call that meets it fails as one that can be tried again.
    await waitFor('the store to answer', () => probe.store.ping().then(() => true));
    await withFirstBatch(probe);
  });

  test('a lock that another holds for too long: contention', async () => {
    await using probe = await openProbe({ url, lockTimeoutMs: 100 });
    await withFirstBatch(probe);
    await probe.client.query('begin; select * from sluice.positions for update');
    const applying = secondBatch(probe.store.writer);
    applying.catch(() => {});
    await applying.catch(() => {});
    await probe.client.query('commit');
    await assertUndone(probe, applying, 'contention');
  });

  test('a statement that takes too long: unavailable', async () => {
    await using probe = await openProbe({ url, statementTimeoutMs: 200 });
    await withFirstBatch(probe);
    await probe.client.query('begin; select * from sluice.positions for update');
    const applying = secondBatch(probe.store.writer);
    const error: unknown = await applying.catch((reason) => reason);
    await probe.client.query('commit');
    await assertUndone(probe, applying, 'unavailable');
    // Ended by the server itself: one that goes on would hold its locks.
    assert.ok(error instanceof SluiceError && error.cause instanceof DatabaseError);
    assert.equal(error.cause.code, '57014');
  });

  test('a deadlock: contention, and the next try goes through', async () => {
    await using probe = await openProbe({ url });
    await withFirstBatch(probe);
    const [first, second] = [rowItem(1), rowItem(2)];
    const insert = (id: string): string =>
      `insert into sluice.timestamp_records values ('${id}', now(), now(), 'c', 't', 1, 1, null)`;
    // Whose patience ends first is the victim.
    await probe.client.query(`set deadlock_timeout = '1min'; begin; ${insert(second.commandId)}`);
    const batch = { group: 'g', items: [first, second], advance: advance(1, 3) };
    const applying = probe.store.writer.apply(batch);
    applying.catch(() => {});
    await waitingForLock(probe);
    const blocked = probe.client.query(insert(first.commandId));
    await applying.catch(() => {});
    await blocked;
    await probe.client.query('rollback; reset deadlock_timeout');
    await assertUndone(probe, applying, 'contention');
    assert.deepEqual(await probe.store.writer.apply(batch), [{ kind: 'projected' }, { kind: 'projected' }]);
  });

  test('a server that does not answer: unavailable in bounded time, and the connection is not used again', async () => {
    await using probe = await openProbe({ url, statementTimeoutMs: 300, poolSize: 1 });
    await withFirstBatch(probe);
    await probe.client.query('begin; select * from sluice.positions for update');
    const applying = secondBatch(probe.store.writer);
    applying.catch(() => {});
    const pid = await waitingForLock(probe);
    process.kill(pid, 'SIGSTOP');
    try {
      await applying.catch(() => {});
      await probe.client.query('commit');
      await assertUndone(probe, applying, 'unavailable');
      await secondBatch(probe.store.writer);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    assert.deepEqual(await probe.store.writer.positions('g'), [advance(1, 3).to]);
  });

  test('a ping of a server that does not answer fails soon, whatever statements may take', async () => {
    await using probe = await openProbe({ url, poolSize: 1 });
    await probe.store.ping();
    const { rows } = await probe.client.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'sluice'`,
    );
    const pid = rows[0]?.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    try {
      const startedAt = performance.now();
      await assert.rejects(probe.store.ping(), { code: 'unavailable' });
      assert.ok(performance.now() - startedAt < 20_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  test('too many connections: unavailable, until one is free', async () => {
    await using probe = await openProbe({ url });
    await probe.client.query(`
      drop role if exists limited;
      create role limited login superuser password 'limited';
      alter role limited nosuperuser connection limit 1;
      grant all on schema sluice to limited; grant all on all tables in schema sluice to limited`);
    const asLimited = new URL(url);
    asLimited.username = 'limited';
    asLimited.password = 'limited';
    const hog = new Client({ connectionString: asLimited.href });
    hog.on('error', () => {});
    await hog.connect();
    await assert.rejects(openPostgresStore({ url: asLimited.href }), { code: 'unavailable' });
    await hog.end();
    await using store = await waitFor('a connection', () => openPostgresStore({ url: asLimited.href, poolSize: 1 }));
    await store.writer.apply({ group: 'limited', items: [rowItem(0)], advance: advance(null, 1) });
  });

  test('more callers than connections wait for their turn', async () => {
    await using probe = await openProbe({ url, poolSize: 2 });
    const most = { connections: 0 };
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        const { rowCount } = await probe.client.query(`select from pg_stat_activity where application_name = 'sluice'`);
        most.connections = Math.max(most.connections, rowCount ?? 0);
      }
    })();
    await Promise.all(
      Array.from({ length: 30 }, (_, partition) => {
        const items = Array.from({ length: 100 }, (_, offset) => rowItem(inPartition(partition, offset)));
        return probe.store.writer.apply({ group: 'g', items, advance: advance(null, 100, partition) });
      }),
    );
    watching.abort();
    await watch;
    assert.equal((await probe.rows()).length, 3_000);
    assert.ok(most.connections <= 2, `${most.connections} connections`);
  });

  test('tables that somebody dropped: misconfigured, and another start makes them', async () => {
    await using probe = await openProbe({ url });
    await withFirstBatch(probe);
    await probe.client.query('drop schema sluice cascade');
    for (const asking of [
      () => secondBatch(probe.store.writer),
      () => probe.store.writer.positions('g'),
      () => probe.store.reader.timestampById(rowItem(0).commandId),
    ]) {
      await assert.rejects(asking, { code: 'misconfigured', message: /tables are missing/ });
    }
    await using another = await probe.openAnother();
    assert.deepEqual(await another.writer.positions('g'), []);
  });

  test('a year that no instant has is refused by the table itself', async () => {
    await using probe = await openProbe({ url });
    for (const time of ['infinity', '-infinity', '0001-01-01 00:00:00 UTC BC', '10000-01-01 00:00:00 UTC']) {
      const insert = `insert into timestamp_records values (gen_random_uuid(), '${time}', now(), 'c', 't', 0, 0, null)`;
      await assert.rejects(probe.client.query(`set search_path = sluice; ${insert}`), { code: '23514' });
    }
  });

  test('after it was closed: closed', async () => {
    await using probe = await openProbe({ url });
    const store = await probe.openAnother();
    await store[Symbol.asyncDispose]();
    for (const asking of [
      () => store.ping(),
      () => store.writer.apply({ group: 'g', items: [deadLetterItem(0)], advance: advance(null, 1) }),
      () => store.writer.positions('g'),
      () => store.reader.timestampById(rowItem(0).commandId),
    ]) {
      await assert.rejects(asking, { name: 'SluiceError', code: 'closed' });
    }
  });

  test('closing waits for the batch in hand', async () => {
    await using probe = await openProbe({ url });
    await withFirstBatch(probe);
    const store = await probe.openAnother();
    await probe.client.query('begin; select * from sluice.positions for update');
    const applying = secondBatch(store.writer);
    await waitingForLock(probe);
    const closing = store[Symbol.asyncDispose]();
    await probe.client.query('commit');
    await applying;
    await closing;
    assert.deepEqual(await probe.store.writer.positions('g'), [advance(1, 3).to]);
  });
});
