import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { advance, rowItem } from '@sluice/contract-tests';
import { startNode, waitFor } from '@sluice/testing';
import { Client } from 'pg';
import { openPostgresStore } from './index.ts';
import { makeTables } from './migrate.ts';
import { LOCKS } from './schema.ts';
import { openProbe } from './testing/probe.ts';
import { serverForFile } from './testing/server.ts';

const { url } = await serverForFile();
const admin = new Client({ connectionString: url });
admin.on('error', () => {});
await admin.connect();
after(() => admin.end());

async function newDatabase(name: string): Promise<string> {
  await admin.query(`create database ${name}`);
  const its = new URL(url);
  its.pathname = name;
  return its.href;
}

async function inSession<T>(at: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: at });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('migrations', () => {
  test('four processes may start at once on an empty database', async () => {
    const at = await newDatabase('four');
    const script = new URL('./testing/open-once.ts', import.meta.url).pathname;
    const children = [1, 2, 3, 4].map((n) => startNode({ name: `process ${n}`, args: [script, at] }));
    for (const child of children) {
      const { code } = await child.exited;
      assert.equal(code, 0, child.output());
    }
    const { rows } = await inSession(at, (client) => client.query('select * from sluice.generation'));
    assert.equal(rows.length, 1);
  });

  test('so may many callers, whose work on the search path then meets', async () => {
    for (const round of [1, 2, 3]) {
      const at = await newDatabase(`many_${round}`);
      const stores = await Promise.all(Array.from({ length: 8 }, () => openPostgresStore({ url: at, poolSize: 1 })));
      for (const store of stores) await store[Symbol.asyncDispose]();
    }
  });

  test('a second start changes nothing, and keeps what is there', async () => {
    const at = await newDatabase('twice');
    const row = rowItem(0);
    for (let start = 0; start < 2; start++) {
      await using store = await openPostgresStore({ url: at });
      if (start === 0) await store.writer.apply({ group: 'g', items: [row], advance: advance(null, 1) });
      assert.ok(await store.reader.timestampById(row.commandId));
    }
  });

  for (const [name, damage] of [
    ...['timestamp_records', 'dead_letters', 'positions', 'generation', 'migrations'].map(
      (table) => [`${table}_gone`, `drop table sluice.${table} cascade`] as const,
    ),
    ['empty_generation', 'delete from sluice.generation'],
  ] as const) {
    test(`a damaged schema is not opened, and what to do about it is told and helps: ${damage}`, async () => {
      const at = await newDatabase(name);
      await (await openPostgresStore({ url: at }))[Symbol.asyncDispose]();
      await inSession(at, (client) => client.query(damage));
      await assert.rejects(openPostgresStore({ url: at }), {
        code: 'misconfigured',
        message: /"drop schema sluice cascade".*refills/,
      });
      await inSession(at, (client) => client.query('drop schema sluice cascade'));
      await using store = await openPostgresStore({ url: at });
      await store.writer.apply({ group: 'g', items: [rowItem(0)], advance: advance(null, 1) });
    });
  }

  test('the tables need no prefix in anybody’s session, and what the owner had set stays', async () => {
    const plain = await newDatabase('plain');
    const set = await newDatabase('with_path');
    await admin.query('alter database with_path set search_path = app, public');
    for (const [at, path] of [
      [plain, 'sluice, "$user", public'],
      [set, 'sluice, app, public'],
    ] as const) {
      for (let start = 0; start < 2; start++) await (await openPostgresStore({ url: at }))[Symbol.asyncDispose]();
      await inSession(at, async (client) => {
        assert.deepEqual((await client.query('show search_path')).rows, [{ search_path: path }]);
        await client.query('truncate timestamp_records');
      });
    }
  });

  test('a user who may only read and write opens what another has made', async () => {
    const at = await newDatabase('shared');
    await (await openPostgresStore({ url: at }))[Symbol.asyncDispose]();
    await inSession(at, (client) =>
      client.query(`create role reader login password 'reader'; grant usage on schema sluice to reader;
        grant select on all tables in schema sluice to reader`),
    );
    const asReader = new URL(at);
    asReader.username = 'reader';
    asReader.password = 'reader';
    await using store = await openPostgresStore({ url: asReader.href });
    assert.equal(await store.reader.timestampById(rowItem(0).commandId), undefined);
    await assert.rejects(store.writer.apply({ group: 'g', items: [rowItem(0)], advance: advance(null, 1) }), {
      code: 'unauthorized',
    });
  });
});

/** As a rebuild will do it: another schema with the same tables takes the place of the current one. */
const SWAP = `
  select pg_advisory_xact_lock(${LOCKS.space}, ${LOCKS.generation});
  alter schema sluice rename to sluice_old;
  alter schema sluice_next rename to sluice`;

describe('generations', () => {
  test('a writer of a generation that was replaced changes nothing, until it asks anew where to go on', async () => {
    await using probe = await openProbe({ url });
    const { writer, reader } = probe.store;
    const [old, fresh] = [rowItem(0), rowItem(1)];
    await writer.apply({ group: 'g', items: [old], advance: advance(null, 1) });
    assert.ok(await reader.timestampById(old.commandId));
    await makeTables(probe.client, 'sluice_next');
    await probe.client.query(`begin; ${SWAP}; commit`);

    // Equal positions alone must not let it go on: it has not looked at the new tables.
    await probe.client.query(`insert into sluice.positions select * from sluice_old.positions`);
    for (const advanceTo of [advance(1, 2), null]) {
      await assert.rejects(writer.apply({ group: 'g', items: [fresh], advance: advanceTo }), {
        name: 'SluiceError',
        code: 'generation-changed',
      });
    }
    assert.deepEqual(await probe.rows(), []);
    assert.equal(await reader.timestampById(old.commandId), undefined, 'reads see the new tables at once');
    assert.deepEqual(await reader.positions('g'), [advance(null, 1).to]);
    await assert.rejects(
      writer.apply({ group: 'g', items: [fresh], advance: advance(1, 2) }),
      { code: 'generation-changed' },
      'whoever merely watches does not make the writer go on',
    );
    assert.equal((await probe.client.query('select from sluice_old.timestamp_records')).rowCount, 1);

    assert.deepEqual(await writer.positions('g'), [advance(null, 1).to]);
    await writer.apply({ group: 'g', items: [fresh], advance: advance(1, 2) });
    assert.ok(await reader.timestampById(fresh.commandId));
    await probe.client.query('drop schema sluice_old cascade');
  });

  test('a swap waits for batches under way, and a batch that waits for a swap finds the new generation', async () => {
    await using probe = await openProbe({ url });
    await using another = await probe.openAnother();
    const { writer } = probe.store;
    await writer.apply({ group: 'g', items: [], advance: advance(null, 1) });
    await makeTables(probe.client, 'sluice_next');
    const blocker = new Client({ connectionString: url });
    await blocker.connect();
    await blocker.query('begin; select * from sluice.positions for update');
    const waiting = async (count: number): Promise<unknown> =>
      await waitFor(`${count} to wait`, async () => {
        const { rowCount } = await blocker.query(`select from pg_stat_activity where wait_event_type = 'Lock'`);
        return rowCount === count;
      });

    const underWay = writer.apply({ group: 'g', items: [rowItem(1)], advance: advance(1, 2) });
    await waiting(1);
    const swap = probe.client.query(`begin; ${SWAP}; commit`);
    await waiting(2);
    const late = another.writer.apply({ group: 'g', items: [rowItem(2)], advance: advance(2, 3) });
    late.catch(() => {});
    await waiting(3);
    await blocker.query('commit');
    await blocker.end();

    assert.deepEqual(await underWay, [{ kind: 'projected' }]);
    await swap;
    await assert.rejects(late, { code: 'generation-changed' });
    assert.equal((await probe.client.query('select from sluice_old.timestamp_records')).rowCount, 1);
    assert.deepEqual(await probe.rows(), []);
    await probe.client.query('drop schema sluice_old cascade');
  });
});
