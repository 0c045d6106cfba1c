import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Client } from 'pg';
import { serverForFile } from '../testing/server.ts';
import { copyIn } from './copy-in.ts';
import { InstantWriter, TextMaker } from './field.ts';
import { BinaryRows } from './rows.ts';

const { url } = await serverForFile();
const client = new Client({ connectionString: url });
client.on('error', () => {});
await client.connect();
after(() => client.end());
await client.query(`create temporary table copied (
  n integer primary key, id uuid, at timestamptz, name text, small integer, large bigint)`);

const copy = (statement: string, data: Buffer): Promise<void> => copyIn(client, statement, data);

const COPY = 'copy copied (n, id, at, name, small, large) from stdin (format binary)';

interface Row {
  readonly id: string;
  readonly at: string;
  readonly name: string;
  readonly small: number | null;
  readonly large: number | null;
}

const row: fc.Arbitrary<Row> = fc.record(
  {
    id: fc.uuid(),
    at: fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
      .map((date) => date.toISOString().replace('Z', '789Z')),
    name: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll('\0', '')),
    small: fc.option(fc.integer()),
    large: fc.option(fc.maxSafeInteger()),
  },
  { noNullPrototype: true },
);

function encoded(rows: readonly Row[], expectedBytes: number): Buffer {
  const bytes = new BinaryRows(expectedBytes);
  const instants = new InstantWriter();
  const names = new TextMaker('name');
  for (const [n, { id, at, name, small, large }] of rows.entries()) {
    bytes.begin(6);
    bytes.integer(n);
    bytes.uuid(id);
    bytes.instant(instants, at);
    bytes.text(names.make(name));
    bytes.integer(small);
    bytes.bigint(large);
  }
  return bytes.end();
}

describe('binary rows', () => {
  test('are what the server reads, whatever room was made for them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row), fc.nat({ max: 500 }), async (rows, expectedBytes) => {
        await client.query('truncate copied');
        await copy(COPY, encoded(rows, expectedBytes));
        const { rows: found } = await client.query(
          `select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, name, small, large::float8
           from copied order by n`,
        );
        assert.deepEqual(found, rows);
      }),
      { numRuns: 50 },
    );
  });
});

describe('copyIn', () => {
  const instant = '2026-01-01T00:00:00.000000Z';
  const id = '3f0a8b52-7a1c-4b6e-9d2e-1c2d3e4f5a6b';
  const rows = (count: number): Row[] =>
    Array.from({ length: count }, () => ({ id, at: instant, name: 'x'.repeat(200), small: 1, large: 1 }));

  for (const [what, statement, data, code] of [
    ['a statement that is refused', 'copy no_such_table from stdin (format binary)', encoded(rows(50_000), 0), '42P01'],
    ['a row that is there, long before the end', COPY, encoded(rows(50_000), 0), '23505'],
    ['data that ends too early', COPY, encoded(rows(2), 0).subarray(0, 100), '22P04'],
    ['no data', COPY, Buffer.alloc(0), '22P04'],
  ] as const) {
    test(`rejects after ${what}, and the connection goes on`, async () => {
      await client.query('truncate copied');
      if (code === '23505') await client.query(`insert into copied (n) values (3)`);
      await assert.rejects(copy(statement, data), { code });
      const { rows: after } = await client.query('select 1 as one');
      assert.deepEqual(after, [{ one: 1 }]);
      await copy(COPY, encoded(rows(2), 0));
    });
  }
});
