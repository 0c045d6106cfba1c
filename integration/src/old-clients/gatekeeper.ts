import assert from 'node:assert/strict';
import { waitFor } from '@sluice/testing';
import type { OldSystem } from './old-client.ts';

const INSERT = {
  operation: 'insert',
  table: 'table1',
  col_names: ['a', 'b', 'c'],
  col_types: ['INTEGER', 'TEXT', 'TEXT'],
  col_values: [1, 'Backup and Restore', '2018-03-27 11:58:28.988414'],
};
const DELETE = {
  operation: 'delete',
  table: 'table1',
  value_to_delete: {
    col_names: ['a', 'c'],
    col_types: ['INTEGER', 'TEXT'],
    col_values: [1, '2018-03-27 11:58:28.988414'],
  },
};

/** The gatekeeper of table transactions: looks at the body's members, never at the status. */
export const gatekeeper: OldSystem = async (t, client) => {
  await t.test('it says hello', async () => {
    const { status, contentType, text } = await client.get('/');
    assert.equal(status, 200);
    assert.match(contentType, /^text\/html/);
    assert.match(text, /^Hello World/);
  });

  for (const [name, activities] of [
    ['an insert', [INSERT]],
    ['a delete', [DELETE]],
    ['a delete and an insert', [DELETE, INSERT]],
  ] as const) {
    await t.test(`${name} is valid`, async () => {
      const payload = { activities };
      const { status, json } = await client.json('/api/activities', payload);
      const { id, ...members } = json;
      assert.deepEqual([status, members], [200, { status: 200, payload, message: 'Valid Schema', error: null }]);
      const outcome = await waitFor('its outcome', async () => {
        const found = await client.get(`/api/v1/commands/${id}`);
        return found.status === 200 && found.json;
      });
      assert.equal(outcome.status, 'projected');
    });
  }

  const { table: _, ...withoutTable } = INSERT;
  for (const [name, activity] of [
    ['an unknown operation', { ...INSERT, operation: 'other operation' }],
    ['numbers for names', { ...INSERT, col_names: [1, 2, 'e'] }],
    ['no table', withoutTable],
  ] as const) {
    await t.test(`${name} is invalid`, async () => {
      const payload = { activities: [activity] };
      const { json } = await client.json('/api/activities', payload);
      assert.deepEqual([json.status, json.message, json.payload], [400, 'Invalid Schema', payload]);
      assert.equal(typeof json.error, 'string');
    });
  }
};
