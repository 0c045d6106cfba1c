import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advance, deadLetterItem, rowItem, transactionItem } from '@sluice/contract-tests';
import { SluiceError, type Store, type StoreItem } from '@sluice/core';
import { seededRandom, type TcpProxy, tcpProxy, waitFor } from '@sluice/testing';
import { openPostgresStore, type PostgresStoreOptions } from './index.ts';
import { openProbe, type Probe } from './testing/probe.ts';
import { serverForFile } from './testing/server.ts';

const { url, port } = await serverForFile();

interface Way extends AsyncDisposable {
  readonly probe: Probe;
  readonly proxy: TcpProxy;
  /** Behind the proxy. */
  readonly store: Store;
}

async function openWay(options: Partial<PostgresStoreOptions> = {}): Promise<Way> {
  await using opened = new AsyncDisposableStack();
  const probe = opened.use(await openProbe({ url }));
  const proxy = opened.use(await tcpProxy({ host: '127.0.0.1', port }));
  const through = Object.assign(new URL(url), { port: String(proxy.port) }).href;
  const store = opened.use(await openPostgresStore({ url: through, poolSize: 1, notifies: false, ...options }));
  const all = opened.move();
  return { probe, proxy, store, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const batchAt = (offset: number, items: readonly StoreItem[]) => ({
  group: 'g',
  items,
  advance: advance(offset === 0 ? null : offset, offset + items.length),
});

/** The server has noticed that a connection is gone: what it held is rolled back or committed. */
const settled = ({ probe }: Way): Promise<unknown> =>
  waitFor('transactions to end', async () => {
    const { rowCount } = await probe.client.query(
      `select from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()`,
    );
    return rowCount === 0;
  });

const insertInto = (table: string) =>
  ({ kind: 'insert', table, columns: [{ name: 'a', type: { kind: 'integer' }, value: 1 }] }) as const;

describe('the way to the server', () => {
  for (const [direction, stride] of [
    ['up', 61],
    // Fine enough to fall into the answer to the commit, which has 18 bytes.
    ['down', 13],
  ] as const) {
    test(`cut anywhere in a batch (${direction}): it is there whole or not at all, and the position tells`, async (t) => {
      const random = seededRandom();
      t.diagnostic(`TEST_SEED=${random.seed}`);
      await using way = await openWay();
      const { probe, proxy, store } = way;
      const ids: string[] = [];
      const seen = { committed: 0, undone: 0 };
      let offset = 0;
      let bytes = 0;
      const next = () =>
        batchAt(offset, [
          rowItem(offset),
          deadLetterItem(offset + 1),
          transactionItem(offset + 2, 'Bob', [insertInto(`t${offset}`), insertInto('shared')]),
        ]);
      const count = ({ items }: ReturnType<typeof next>): void => {
        ids.push(
          ...items.map((item) => (item.kind === 'effects' ? item.identity.commandId : item.deadLetter.commandId)),
        );
        offset += items.length;
      };

      // The very first makes what later ones find.
      for (let n = 0; n < 2; n++) {
        const batch = next();
        const before = proxy.passed[direction];
        await store.writer.apply(batch);
        count(batch);
        bytes = proxy.passed[direction] - before;
      }
      assert.ok(bytes > 100);
      for (let at = 1 + random.below(stride); at < bytes; at += stride) {
        const batch = next();
        const passed = proxy.passed[direction];
        proxy.cutAfter(direction, at);
        const failure: unknown = await store.writer.apply(batch).then(
          () => undefined,
          (error) => error,
        );
        if (failure === undefined) {
          // Batches differ by a few bytes from the one that was counted: this one ended before the cut, or with it.
          assert.ok(proxy.passed[direction] - passed <= at, `not cut after byte ${at}`);
          count(batch);
          break;
        }
        assert.equal((failure as { code?: unknown }).code, 'unavailable', `after byte ${at}`);
        await settled(way);
        const [position] = await store.writer.positions('g');
        if (position?.nextOffset === offset) {
          seen.undone++;
          await store.writer.apply(batch);
        } else {
          seen.committed++;
          assert.deepEqual(position, batch.advance.to);
          await assert.rejects(store.writer.apply(batch), { code: 'position-conflict' });
        }
        count(batch);
      }
      t.diagnostic(`${seen.undone} undone, ${seen.committed} committed`);
      assert.ok(seen.undone > 0 && (direction === 'up' || seen.committed > 0));
      const stored = [
        ...(await probe.rows()).map(({ id }) => id),
        ...(await probe.deadLetters()).map(({ commandId }) => commandId),
        ...(await probe.client.query<{ id: string }>('select command_id as id from sluice.decisions')).rows.map(
          ({ id }) => id,
        ),
      ];
      assert.deepEqual(stored.sort(), ids.sort());
      const tables = await probe.clientTables('Bob');
      const counts = new Map(tables.map(({ name, rows }) => [name, rows.length]));
      assert.equal(counts.get('shared'), ids.length / 3, 'each transaction once');
      counts.delete('shared');
      assert.deepEqual([...counts.values()], Array(ids.length / 3).fill(1), 'and what it made with it');
    });

    test(`half-open (${direction}): unavailable in bounded time, and it goes on once it is mended`, async () => {
      await using way = await openWay({ statementTimeoutMs: 300, connectTimeoutMs: 500 });
      const { proxy, store } = way;
      await store.writer.apply(batchAt(0, [rowItem(0)]));
      proxy.blackhole(direction);
      const batch = batchAt(1, [rowItem(1)]);
      await assert.rejects(store.writer.apply(batch), { code: 'unavailable' });
      await assert.rejects(store.writer.apply(batch), { code: 'unavailable' }, 'a new connection gets nowhere either');
      await assert.rejects(store.ping(), { code: 'unavailable' });
      proxy.heal();
      await store.ping();
      await settled(way);
      const [position] = await store.writer.positions('g');
      assert.equal(position?.nextOffset, 1, 'no commit was sent');
      await store.writer.apply(batch);
    });
  }

  test('one byte at a time', async () => {
    await using way = await openWay();
    way.proxy.slice(1);
    const items = Array.from({ length: 50 }, (_, offset) => rowItem(offset));
    await way.store.writer.apply(batchAt(0, items));
    for (const { commandId } of items) assert.ok(await way.store.reader.timestampById(commandId));
  });

  test('closed for a while: every call says unavailable, and the first after it goes through', async () => {
    await using way = await openWay({ poolSize: 4 });
    const { proxy, store } = way;
    await Promise.all([1, 2, 3, 4].map(() => store.ping()));
    proxy.refuse();
    proxy.cutAll();
    for (const ask of [
      () => store.ping(),
      () => store.writer.positions('g'),
      () => store.writer.furthestPositions(['t']),
      () => store.writer.apply(batchAt(0, [rowItem(0)])),
      () => store.reader.timestampById(rowItem(0).commandId),
    ]) {
      await assert.rejects(ask, (error) => error instanceof SluiceError && error.code === 'unavailable');
    }
    proxy.heal();
    await store.writer.apply(batchAt(0, [rowItem(0)]));
  });

  test('opening a store over a way that goes nowhere: unavailable in bounded time', async () => {
    await using proxy = await tcpProxy({ host: '127.0.0.1', port });
    const through = Object.assign(new URL(url), { port: String(proxy.port) }).href;
    for (const direction of ['up', 'down'] as const) {
      proxy.blackhole(direction);
      await assert.rejects(openPostgresStore({ url: through, connectTimeoutMs: 300 }), { code: 'unavailable' });
      proxy.heal();
    }
  });
});
