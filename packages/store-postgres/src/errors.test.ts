import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type ErrorCode, SluiceError } from '@sluice/core';
import { Client } from 'pg';
import { translate } from './errors.ts';
import { openPostgresStore } from './index.ts';
import { serverForFile } from './testing/server.ts';

const { url } = await serverForFile();
const client = new Client({ connectionString: url });
client.on('error', () => {});
await client.connect();
after(() => client.end());

/** What PostgreSQL really throws, with words that must never get into a message of ours. */
async function failWith(sql: string): Promise<unknown> {
  try {
    await client.query(sql);
  } catch (error) {
    return translate(error);
  }
  throw new Error(`${sql} succeeded`);
}

const raise = (state: string): string =>
  `do $$ begin raise exception 'driver text' using errcode = '${state}', detail = 'driver text'; end $$`;

describe('errors', () => {
  const states: Readonly<Record<string, ErrorCode>> = {
    '08006': 'unavailable',
    '22001': 'invalid-data',
    '22P02': 'invalid-data',
    '22P05': 'invalid-data',
    '23514': 'invalid-data',
    '25006': 'unavailable',
    '25P03': 'unavailable',
    '28P01': 'unauthorized',
    '3D000': 'misconfigured',
    '3F000': 'misconfigured',
    '40001': 'contention',
    '40P01': 'contention',
    '42501': 'unauthorized',
    '42703': 'misconfigured',
    '42P01': 'misconfigured',
    '53100': 'unavailable',
    '53200': 'unavailable',
    '53300': 'unavailable',
    '54000': 'invalid-data',
    '55P03': 'contention',
    '57014': 'unavailable',
    '57P01': 'unavailable',
    '57P03': 'unavailable',
    '58030': 'unavailable',
    XX000: 'unavailable',
  };
  for (const [state, code] of Object.entries(states)) {
    test(`SQLSTATE ${state} is ${code}, in words of ours`, async () => {
      const error = await failWith(raise(state));
      assert.ok(error instanceof SluiceError);
      assert.equal(error.code, code);
      assert.match(error.message, new RegExp(state));
      assert.doesNotMatch(error.message, /driver text|select|insert/i);
      assert.match(String(error.cause), /driver text/, 'the cause keeps it, for logs');
    });
  }

  test('a broken rule is named by its table and constraint, without the value', async () => {
    await client.query(`create temporary table t (a integer constraint a_is_small check (a < 9), b text not null)`);
    for (const [sql, place] of [
      [`insert into t values (12345, '')`, 't.a_is_small'],
      ['insert into t values (1, null)', 't.b'],
    ] as const) {
      const error = await failWith(sql);
      assert.ok(error instanceof SluiceError);
      assert.equal(error.code, 'invalid-data');
      assert.ok(error.message.includes(place), error.message);
      assert.doesNotMatch(error.message, /12345/);
    }
  });

  test('what is neither the driver nor the network stays what it is', () => {
    const bug = new TypeError('x is not a function');
    assert.equal(translate(bug), bug);
    assert.equal(translate('a string'), 'a string');
  });
});

describe('opening', () => {
  const change = (change: (url: URL) => void): string => {
    const changed = new URL(url);
    change(changed);
    return changed.href;
  };
  const cases: readonly (readonly [string, string, ErrorCode])[] = [
    ['a wrong password', change((u) => (u.password = 'wrong')), 'unauthorized'],
    ['no password', change((u) => (u.password = '')), 'unauthorized'],
    ['an unknown user', change((u) => (u.username = 'nobody')), 'unauthorized'],
    ['an unknown database', change((u) => (u.pathname = '/nowhere')), 'misconfigured'],
    ['a port where nobody listens', change((u) => (u.port = '1')), 'unavailable'],
    ['TLS where there is none', change((u) => (u.search = '?sslmode=require')), 'misconfigured'],
    ['a URL that is none', 'postgres://[', 'misconfigured'],
  ];
  for (const [name, wrong, code] of cases) {
    test(`with ${name} is ${code}`, async () => {
      await assert.rejects(openPostgresStore({ url: wrong }), (error) => {
        assert.ok(error instanceof SluiceError, String(error));
        assert.equal(error.code, code);
        assert.doesNotMatch(error.message, /sluice:|password authentication/);
        return true;
      });
    });
  }

  test('without the right to make tables is unauthorized', async () => {
    await client.query(`create role guest login password 'guest'`);
    const asGuest = change((u) => {
      u.username = 'guest';
      u.password = 'guest';
    });
    await assert.rejects(openPostgresStore({ url: asGuest }), { code: 'unauthorized' });
    await client.query('create schema sluice');
    await client.query('grant usage on schema sluice to guest');
    await assert.rejects(openPostgresStore({ url: asGuest }), { code: 'unauthorized' });
  });
});
