import { randomUUID } from 'node:crypto';
import type { NewRecord } from '@sluice/core';
import { tableTransactionCommand, timestampCommand } from '@sluice/streams';

/** Records as ingest makes them, all different. */
export function* timestampCommands(topic: string, count: number): Generator<NewRecord> {
  const start = Date.UTC(2026, 0, 1);
  for (let index = 0; index < count; index++) {
    yield timestampCommand({
      topic,
      commandId: randomUUID(),
      eventTimestamp: new Date(start + index * 1000).toISOString(),
      client: 'default',
      acceptedAtMs: start + index,
      correlationId: randomUUID(),
    });
  }
}

/**
 * Table transactions of the three kinds that the old gatekeeper's load test sends, in turn: an insert, a delete that finds
 * nothing, and both. Each client's first makes its table with all columns.
 */
export function* tableTransactions(topic: string, clients: readonly string[], count: number): Generator<NewRecord> {
  for (let index = 0; index < count; index++) {
    const turn = Math.floor(index / clients.length);
    const remove = {
      operation: 'delete',
      table: 'table1',
      value_to_delete: {
        col_names: ['a', 'c', 'e'],
        col_types: ['INTEGER', 'TEXT', 'TEXT'],
        col_values: [turn, '2019-04-28 10:24:30.183414', 'something'],
      },
    };
    const insert = {
      operation: 'insert',
      table: 'table1',
      col_names: ['a', 'b', 'c'],
      col_types: ['INTEGER', 'TEXT', 'TEXT'],
      col_values: [turn, `Backup and Restore ${index}`, '2018-03-27 11:58:28.988414'],
    };
    const first = { ...insert, ...remove.value_to_delete, col_values: [turn, 'first', 'of all'] };
    const activities = turn === 0 ? [first] : [[insert], [remove], [remove, insert]][turn % 3];
    yield tableTransactionCommand({
      topic,
      commandId: randomUUID(),
      client: clients[index % clients.length] ?? '',
      value: Buffer.from(JSON.stringify({ activities })),
      acceptedAtMs: Date.UTC(2026, 0, 1) + index,
      correlationId: randomUUID(),
    });
  }
}
