import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { Client } from 'pg';
import { serverForFile } from '../testing/server.ts';
import { instantArray, integerArray, textArray, uuidArray } from './array.ts';

const { url } = await serverForFile();
const client = new Client({ connectionString: url });
client.on('error', () => {});
await client.connect();
after(() => client.end());

/** What the server makes of an array, as text. */
async function readBack(array: Buffer, type: string, form = 'value::text'): Promise<readonly string[]> {
  const { rows } = await client.query<{ value: string }>(
    `select ${form} as value from unnest($1::${type}[]) with ordinality as u(value, n) order by n`,
    [array],
  );
  return rows.map(({ value }) => value);
}

describe('binary arrays', () => {
  test('of UUIDs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uuid()), async (ids) =>
        assert.deepEqual(await readBack(uuidArray(ids), 'uuid'), ids),
      ),
      { numRuns: 50 },
    );
  });

  test('of integers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.maxSafeInteger()), async (values) =>
        assert.deepEqual(await readBack(integerArray(values), 'bigint'), values.map(String)),
      ),
      { numRuns: 50 },
    );
  });

  test('of texts', async () => {
    const texts = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(fc.array(texts), async (values) =>
        assert.deepEqual(await readBack(textArray('t', values), 'text'), values),
      ),
      { numRuns: 50 },
    );
  });

  test('of instants', async () => {
    const form = `to_char(value at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    const days = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    const instants = fc
      .tuple(days, fc.nat({ max: 999 }))
      .map(([date, micros]) => date.toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`));
    await fc.assert(
      fc.asyncProperty(fc.array(instants), async (values) =>
        assert.deepEqual(await readBack(instantArray(values), 'timestamptz', form), values),
      ),
      { numRuns: 50 },
    );
  });

  test('refuse what is none, and name it', () => {
    const id = '0188f1f0-65a4-7c3e-8f7a-2b1d3c4e5f60';
    for (const wrong of [
      '',
      id.toUpperCase(),
      `${id}0`,
      id.replaceAll('-', ''),
      `{${id}}`,
      id.replace('0', 'g'),
      id.replace('-', '0'),
      id.replace('0', 'é'),
    ]) {
      assert.throws(() => uuidArray([id, wrong]), { code: 'invalid-data', message: /must be a UUID/ }, wrong);
    }
    for (const wrong of [
      'now',
      'infinity',
      '2024-01-01T00:00:00Z',
      '2024-13-01T00:00:00.000000Z',
      '2024-01-01T00:00:00.000000+',
    ]) {
      assert.throws(() => instantArray([wrong]), { code: 'invalid-data', message: /must be an instant/ }, wrong);
    }
    assert.throws(() => textArray('client', ['fine', 'a\0']), {
      message: 'client must be text without NUL or half a surrogate pair, got "a\\u0000"',
    });
    assert.throws(
      () => textArray('client', [`${'x'.repeat(5_000)}\0`]),
      (error: Error) => error.message.length < 250,
    );
  });
});
