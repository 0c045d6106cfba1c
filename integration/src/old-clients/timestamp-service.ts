import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { waitFor } from '@sluice/testing';
import type { OldSystem } from './old-client.ts';

/** The timestamp services, as their Postman collection and integration tests ask them. */
export const timestampService: OldSystem = async (t, client) => {
  const headers = { correlationId: randomUUID(), 'Content-Type': 'application/json' };

  await t.test('it is healthy', async () => {
    const { status, json } = await client.get('/health', headers);
    assert.deepEqual([status, json.Status, json.status], [200, 'UP', 'UP']);
  });

  for (const [name, path] of [
    ['explicit', '/api/v1/timestamp/2006-01-02T15:04:05Z'],
    ['default', '/app'],
  ] as const) {
    await t.test(`${name}: what is sent is found by its id`, async () => {
      const { status, json } = await client.text(path, '', headers);
      assert.equal(status, 200);
      const record = await waitFor('the record', async () => {
        const found = await client.get(`/api/v1/timestamp/${json.id}`, { ...headers, Accept: 'application/json' });
        return found.status === 200 && found.json;
      });
      for (const key of ['id', 'event_timestamp', 'created_at']) assert.ok(key in record, key);
    });
  }

  await t.test('what is no timestamp is refused with both of its members', async () => {
    const { status, json } = await client.text('/api/v1/timestamp/yesterday', '', headers);
    assert.equal(status, 400);
    assert.match(json.Message, /^invalid timestamp passed/);
    assert.equal(typeof json.Error, 'string');
  });

  await t.test('an unknown id is 404', async () => {
    assert.equal((await client.get(`/api/v1/timestamp/${randomUUID()}`, headers)).status, 404);
  });
};
