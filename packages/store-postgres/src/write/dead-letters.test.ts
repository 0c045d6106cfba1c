import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidArray } from '../binary/array.ts';
import { openProbe } from '../testing/probe.ts';
import { serverForFile } from '../testing/server.ts';
import { INSERT } from './dead-letters.ts';

const { url } = await serverForFile();

const MANY_ROWS = `
insert into sluice.timestamp_records
  select gen_random_uuid(), now(), now(), 'c', 't', 0, n, null from generate_series(1, 50000) n;
insert into sluice.dead_letters (command_id, stream, client, reason, detail, created_at, topic, partition, record_offset,
    record_timestamp_ms, headers)
  select gen_random_uuid(), 's', 'c', 'malformed-json', '', now(), 't', 0, n, 0, '[]' from generate_series(1, 50000) n;
analyze`;

// It is written while nobody else writes: what it reads of all rows, everybody waits for.
test('a dead letter is written without reading all rows, or all dead letters, however many there are', async () => {
  await using probe = await openProbe({ url });
  await probe.client.query(MANY_ROWS);
  const ids = Array.from({ length: 100 }, () => crypto.randomUUID());
  const items = JSON.stringify(ids.map((command_id) => ({ command_id })));
  const { rows } = await probe.client.query(`explain ${INSERT}`, [items, uuidArray(ids)]);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(plan, /timestamp_records_pkey/);
  assert.match(plan, /dead_letters_pkey/);
  assert.doesNotMatch(plan, /Seq Scan on (timestamp_records|dead_letters)/);
});
