import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { advance, inPartition, rowItem, transactionItem } from '@sluice/contract-tests';
import { isRetryable, type StoreItem, type StoreWriter } from '@sluice/core';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { seededRandom, temporaryDirectory, waitFor } from '@sluice/testing';
import { openProbe } from './testing/probe.ts';

const directory = await temporaryDirectory();
let server = await startEmbeddedPostgres({ dataDirectory: directory.path, port: 0 });
const { url, port } = server;
after(async () => {
  await server.stop();
  await directory[Symbol.asyncDispose]();
});

/** As after a power cut: every server process ends at once, and recovery starts from the write-ahead log. */
async function crashAndRestart(running: EmbeddedPostgres): Promise<EmbeddedPostgres> {
  process.kill(running.pid, 'SIGQUIT');
  await running.exited;
  return await startEmbeddedPostgres({ dataDirectory: directory.path, port });
}

const RECORDS = 2_000;

/** The log of a partition, and a consumer of it that asks the store where to go on after every failure. */
async function project(writer: StoreWriter, partition: number, items: readonly StoreItem[]): Promise<number> {
  let failures = 0;
  for (let from: number | null = null; (from ?? 0) < RECORDS; ) {
    const start: number = from ?? 0;
    const to = start + 10;
    try {
      await writer.apply({ group: 'g', items: items.slice(start, to), advance: advance(from, to, partition) });
      from = to;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      failures++;
      const stored = await waitFor('the store', () => writer.positions('g'), { timeoutMs: 30_000 });
      from = stored.find((position) => position.partition === partition)?.nextOffset ?? null;
    }
  }
  return failures;
}

const insertOf = (offset: number) =>
  ({
    kind: 'insert',
    table: `t${Math.floor(offset / 100)}`,
    columns: [{ name: 'a', type: { kind: 'integer' }, value: offset }],
  }) as const;

describe('crashes', () => {
  test('of the server under load: nothing is lost, nothing is twice, positions and rows agree', async (t) => {
    const random = seededRandom();
    t.diagnostic(`TEST_SEED=${random.seed}`);
    await using probe = await openProbe({ url, connectTimeoutMs: 1_000 });
    const { writer } = probe.store;
    // The last one's commands change tables, and every hundredth of them makes one.
    const logs = [0, 1, 2].map((partition) =>
      Array.from({ length: RECORDS }, (_, offset) => {
        const at = inPartition(partition, offset);
        return partition < 2 ? rowItem(at) : transactionItem(at, 'Bob', [insertOf(offset)]);
      }),
    );
    const projecting = Promise.all(logs.map((items, partition) => project(writer, partition, items)));
    for (const crash of [1, 2, 3]) {
      const enough = crash * 1_200 - random.below(1_000);
      await waitFor(
        'some progress',
        async () => (await writer.positions('g')).reduce((sum, { nextOffset }) => sum + nextOffset, 0) >= enough,
        { intervalMs: 1 },
      );
      server = await crashAndRestart(server);
    }
    const failures = await projecting;
    assert.ok(
      failures.some((count) => count > 0),
      'no crash was met',
    );
    await using after = await openProbe({ url }, 'keep');
    const positions = await after.store.writer.positions('g');
    assert.deepEqual(
      positions.map(({ nextOffset }) => nextOffset),
      [RECORDS, RECORDS, RECORDS],
    );
    const ids = new Set((await after.rows()).map(({ id }) => id));
    const ofRows = logs.slice(0, 2).flat();
    assert.deepEqual(ids, new Set(ofRows.map(({ commandId }) => commandId)));
    const values = (await after.clientTables('Bob')).flatMap(({ rows }) => rows.map(([text]) => Number(text)));
    assert.deepEqual(
      values.sort((a, b) => a - b),
      Array.from({ length: RECORDS }, (_, offset) => offset),
      'each transaction was applied once',
    );
  });
});
