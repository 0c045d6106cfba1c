import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advance, deadLetterItem, transactionItem } from '@sluice/contract-tests';
import type { Activity, Cell, ColumnType } from '@sluice/core';
import { startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { temporaryDirectory } from '@sluice/testing';
import { openPostgresStore } from '../store.ts';
import { openProbe, type Probe } from '../testing/probe.ts';
import { serverForFile } from '../testing/server.ts';
import { OWN_SCHEMA } from './schema-name.ts';

const { url } = await serverForFile();

const INTEGER: ColumnType = { kind: 'integer' };
const TEXT: ColumnType = { kind: 'text' };
const insert = (table: string, name = 'a', value: Cell = 1, type: ColumnType = INTEGER): Activity => ({
  kind: 'insert',
  table,
  columns: [{ name, type, value }],
});
const remove = (table: string, name = 'a', value: Cell = 1, type: ColumnType = INTEGER): Activity => ({
  kind: 'delete',
  table,
  predicates: [{ name, type, value }],
});

const RAISING = `create function raise() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
create trigger raising before insert on t for each row execute function raise()`;

/** A server of its own, since what is set is set for all. */
async function serverWithFewLocks(dataDirectory: string): Promise<AsyncDisposable & { readonly url: string }> {
  const before = await startEmbeddedPostgres({ dataDirectory, port: 0 });
  await using admin = await openProbe({ url: before.url });
  await admin.client.query('alter system set max_locks_per_transaction = 10');
  await admin.client.query('alter system set max_connections = 20');
  await before.stop();
  const { url, stop } = await startEmbeddedPostgres({ dataDirectory, port: 0 });
  return { url, [Symbol.asyncDispose]: stop };
}

const schemas = async ({ client }: Probe): Promise<readonly string[]> =>
  (
    await client.query<{ name: string }>(
      `select nspname as name from pg_namespace where nspname ~ '^sluice' order by 1`,
    )
  ).rows.map(({ name }) => name);

describe('table transactions in PostgreSQL', () => {
  test('a refused one leaves not even the schema', async () => {
    await using probe = await openProbe({ url });
    const item = transactionItem(0, 'Bob', [insert('t'), remove('missing')]);
    const [outcome] = await probe.store.writer.apply({ group: 'g', items: [item], advance: null });
    assert.equal(outcome?.kind, 'rejected');
    assert.deepEqual(await schemas(probe), ['sluice']);
  });

  test('a look through a large table may take longer than other statements, and commits', async () => {
    await using probe = await openProbe({ url, statementTimeoutMs: 100 });
    const { writer } = probe.store;
    await writer.apply({ group: 'g', items: [transactionItem(0, 'Bob', [insert('t')])], advance: null });
    await probe.client.query(`create function dawdle() returns trigger language plpgsql as
        $$ begin perform pg_sleep(1); return old; end $$;
      create trigger dawdling before delete on "sluice_Bob".t for each row execute function dawdle()`);
    const [outcome] = await writer.apply({
      group: 'g',
      items: [transactionItem(1, 'Bob', [remove('t')])],
      advance: null,
    });
    assert.deepEqual(outcome, { kind: 'projected' });
    assert.equal((await probe.client.query('select from "sluice_Bob".t')).rowCount, 0);
  });

  test('names of schemas are as long as PostgreSQL takes them whole, and no two clients share one', async () => {
    await using probe = await openProbe({ url });
    const clients = [
      'Bob',
      'bob',
      `a${'b'.repeat(55)}`,
      `a${'b'.repeat(56)}`,
      `a${'b'.repeat(57)}`,
      'urn:x',
      '~Bob',
      'old',
    ];
    const items = clients.map((client, n) => transactionItem(n, client, [insert('t')]));
    await probe.store.writer.apply({ group: 'g', items, advance: null });
    const own = (await schemas(probe)).filter((name) => name !== 'sluice');
    assert.equal(own.length, clients.length);
    assert.ok(own.every((name) => Buffer.byteLength(name) <= 63 && name.startsWith('sluice_')));
  });

  // What somebody did by hand, on what was made, and a transaction that cannot be done since.
  const hands: readonly (readonly [what: string, byHand: string, activity: Activity])[] = [
    ['a view of that name', 'create view made as select 1 as a', insert('made')],
    ['a sequence of that name', 'create sequence made', insert('made')],
    ['a type of that name', 'create type made as enum ()', insert('made')],
    [
      'a column altered to a type that the value is not',
      'alter table t alter a type date using null',
      insert('t', 'a', 'x', TEXT),
    ],
    ['a column altered, to delete by', 'alter table t alter a type jsonb using null', remove('t', 'a', 'x', TEXT)],
    ['a column made narrower', 'alter table t alter a type varchar(2)', insert('t', 'a', 'long', TEXT)],
    [
      'a column that must not be null',
      'alter table t add b text not null default 0; alter table t alter b drop default',
      insert('t'),
    ],
    ['a check', 'alter table t add check (a > 5) not valid', insert('t')],
    ['a unique index', 'create unique index on t (a)', insert('t')],
    ['a generated column', 'alter table t drop a, add a bigint generated always as (1) stored', insert('t')],
    ['a trigger that raises', RAISING, insert('t')],
    ['a trigger that raises a code of its own', RAISING.replace("'no'", `'no' using errcode = 'ZZ999'`), insert('t')],
    ['a foreign key', 'create table u (a bigint references t2 (a)); insert into u values (9)', remove('t2', 'a', 9)],
    ['a column of the same name in another case', 'alter table t add "B" text', insert('t', 'b')],
  ];

  for (const [what, byHand, activity] of hands) {
    test(`${what}, made by hand: refused as that transaction’s, its neighbours are not hindered`, async () => {
      await using probe = await openProbe({ url });
      const { writer, reader } = probe.store;
      const before = [insert('t', 'a', 1), insert('t2', 'a', 9)];
      await writer.apply({ group: 'g', items: [transactionItem(0, 'Bob', before)], advance: advance(null, 1) });
      await probe.client.query(
        `set search_path = "sluice_Bob"; alter table t2 add primary key (a); ${byHand}; reset search_path`,
      );
      const bad = transactionItem(1, 'Bob', [insert('fresh'), activity]);
      const good = transactionItem(2, 'Bob', [insert('other')]);
      const tried = writer.apply({ group: 'g', items: [bad, good], advance: advance(1, 3) });
      if (what.includes('another case')) {
        assert.deepEqual(
          (await tried).map(({ kind }) => kind),
          ['rejected', 'projected'],
        );
        return;
      }
      await assert.rejects(tried, (error) => {
        assert.ok(error instanceof Error && 'code' in error);
        assert.equal(error.code, 'invalid-data', error.message);
        assert.doesNotMatch(error.message, /insert into|create table|"made"/);
        return true;
      });
      assert.deepEqual(await writer.positions('g'), [advance(null, 1).to]);
      const { commandId, record } = bad;
      const dead = deadLetterItem(1, { commandId, record, reason: 'unstorable' });
      await writer.apply({ group: 'g', items: [dead], advance: advance(1, 2) });
      assert.deepEqual(await writer.apply({ group: 'g', items: [good], advance: advance(2, 3) }), [
        { kind: 'projected' },
      ]);
      assert.equal((await reader.outcomes([commandId]))[0]?.status, 'dead-lettered');
      const names = (await probe.clientTables('Bob')).map(({ name }) => name);
      assert.ok(names.includes('other') && !names.includes('fresh'));
    });
  }

  test('a user who may not make schemas: unauthorized, which is no fault of the transaction', async () => {
    await using probe = await openProbe({ url });
    await probe.client.query(`
      drop role if exists humble;
      create role humble login password 'humble';
      grant usage on schema sluice to humble; grant all on all tables in schema sluice to humble`);
    const asHumble = Object.assign(new URL(url), { username: 'humble', password: 'humble' }).href;
    await using store = await openPostgresStore({ url: asHumble });
    const items = [transactionItem(0, 'Bob', [insert('t')])];
    await assert.rejects(store.writer.apply({ group: 'g', items, advance: null }), { code: 'unauthorized' });
  });

  test('more tables or clients in one batch than PostgreSQL has locks for: refused, so that the batch is halved until they fit', async () => {
    await using directory = await temporaryDirectory();
    await using server = await serverWithFewLocks(directory.path);
    await using probe = await openProbe({ url: server.url });
    const { writer } = probe.store;
    const items = Array.from({ length: 1_500 }, (_, n) => transactionItem(n, 'Bob', [insert(`t${n}`, 'a', 'x', TEXT)]));
    await assert.rejects(writer.apply({ group: 'g', items, advance: null }), { code: 'invalid-data' });
    const outcomes = await writer.apply({ group: 'g', items: items.slice(0, 20), advance: null });
    assert.ok(outcomes.every(({ kind }) => kind === 'projected'));

    const ofMany = Array.from({ length: 1_500 }, (_, n) => transactionItem(2_000 + n, `c${n}`, [insert('t')]));
    await assert.rejects(writer.apply({ group: 'g', items: ofMany, advance: null }), { code: 'invalid-data' });
    const ofFewer = await writer.apply({ group: 'g', items: ofMany.slice(0, 20), advance: null });
    assert.ok(ofFewer.every(({ kind }) => kind === 'projected'));
  });

  test('one transaction on more tables than PostgreSQL has locks for: refused, so that it stops no others', async () => {
    await using directory = await temporaryDirectory();
    await using server = await serverWithFewLocks(directory.path);
    await using probe = await openProbe({ url: server.url });
    const { writer } = probe.store;
    const inserts = Array.from({ length: 2_500 }, (_, n) => insert(`t${n}`));
    await writer.apply({ group: 'g', items: [transactionItem(0, 'Bob', inserts.slice(0, 1))], advance: null });
    await probe.client.query(`do $$ begin
      for n in 1..2499 loop
        execute format('create table "sluice_Bob".t%s (a bigint)', n);
        commit;
      end loop; end $$`);
    const items = [transactionItem(5_000, 'Bob', inserts)];
    await assert.rejects(writer.apply({ group: 'g', items, advance: null }), { code: 'invalid-data' });
  });

  test('thousands of sets of columns, in inserts and in deletes, cost no more than each by itself', async () => {
    // A connection that stands still for so long in a transaction, while its process thinks, is ended.
    await using probe = await openProbe({ url, lockTimeoutMs: 2_000 });
    const pairs = Array.from({ length: 90 }, (_, a) => Array.from({ length: a }, (_, b) => [`c${a}`, `c${b}`])).flat();
    const cells = (pair: readonly string[], value: Cell) => pair.map((name) => ({ name, type: INTEGER, value }));
    const items = Array.from({ length: Math.floor(pairs.length / 32) }, (_, n) => {
      const own = pairs.slice(n * 32, (n + 1) * 32);
      const inserts = own.map((pair): Activity => ({ kind: 'insert', table: 't', columns: cells(pair, n) }));
      const before = own.map((pair): Activity => ({ kind: 'delete', table: 't', predicates: cells(pair, n - 1) }));
      const first: Activity = { kind: 'delete', table: 't', predicates: cells(own[0] ?? [], n) };
      return transactionItem(n, 'Bob', [...inserts, ...before.slice(1), first]);
    });
    const outcomes = await probe.store.writer.apply({ group: 'g', items, advance: null });
    assert.ok(outcomes.every(({ kind }) => kind === 'projected'));
    const [table] = await probe.clientTables('Bob');
    assert.equal(table?.rows.length, items.length * 31);
  });

  test('rows wider than a page are refused as that transaction’s', async () => {
    await using probe = await openProbe({ url });
    const columns = Array.from({ length: 1000 }, (_, n) => ({
      name: `c${n}`,
      type: { kind: 'float' as const },
      value: 0.1,
    }));
    const items = [transactionItem(0, 'Bob', [{ kind: 'insert', table: 't', columns } as const])];
    assert.deepEqual(await probe.store.writer.apply({ group: 'g', items, advance: null }), [{ kind: 'projected' }]);
    const wide = columns.map(({ name }) => ({ name: `${name}_`, type: TEXT, value: 'x'.repeat(20) }));
    const tooWide = [transactionItem(1, 'Bob', [{ kind: 'insert', table: 'u', columns: wide } as const])];
    await assert.rejects(probe.store.writer.apply({ group: 'g', items: tooWide, advance: null }), {
      code: 'invalid-data',
    });
  });

  test('tables that outlived what was decided about them are not begun anew beside: a replay would double their rows', async () => {
    await using probe = await openProbe({ url });
    const item = transactionItem(0, 'Sponge-Bob', [insert('t')]);
    await probe.store.writer.apply({ group: 'g', items: [item], advance: null });
    await probe.client.query(`drop schema sluice cascade; create schema sluice_of_somebody_else`);
    await assert.rejects(openPostgresStore({ url }), (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.equal(error.code, 'misconfigured');
      const [, told = ''] = /run "(.*)", then/.exec(error.message) ?? [];
      assert.equal(told, 'drop schema "sluice_Sponge-Bob" cascade');
      return true;
    });
    await probe.client.query('drop schema "sluice_Sponge-Bob" cascade');
    await using store = await openPostgresStore({ url });
    await store.writer.apply({ group: 'g', items: [item], advance: null });
    const [table] = await probe.clientTables('Sponge-Bob');
    assert.deepEqual(table?.rows, [['1']]);
    const { rows } = await probe.client.query(`select obj_description('"sluice_Sponge-Bob"'::regnamespace) as told`);
    assert.deepEqual(rows, [{ told: OWN_SCHEMA }]);
  });
});
