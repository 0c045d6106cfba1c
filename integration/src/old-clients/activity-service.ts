import assert from 'node:assert/strict';
import { waitFor } from '@sluice/testing';
import type { OldSystem } from './old-client.ts';

const EVENT = {
  email: 'jane.doe+test@example.com',
  component: 'orders',
  environment: 'production',
  message: '100% of the order was shipped',
  data: { order: 7, items: ['a', 'b'] },
};

/** The activity service, with and without the slash that its clients send. */
export const activityService: OldSystem = async (t, client) => {
  const listed = (query: string, count: number) =>
    waitFor(`${count} events for ${query}`, async () => {
      const { status, json } = await client.get(`/api/events/${query}`);
      assert.equal(status, 200);
      return json.events.length === count && json.events;
    });

  await t.test('it is healthy', async () => {
    assert.deepEqual((await client.get('/api/healthz')).json, { status: 'healthy' });
  });

  await t.test('nothing there is an empty list', async () => {
    assert.deepEqual((await client.get('/api/events/?email=nobody@example.com')).json.events, []);
  });

  await t.test('an event is created, and comes back as it is', async () => {
    const { status, json } = await client.json('/api/events/', EVENT);
    const { id, created_at, ...fields } = json;
    assert.deepEqual([status, fields], [201, EVENT]);
    assert.match(id, /^[\da-f-]{36}$/);
    assert.ok(Math.abs(Number.parseFloat(created_at) - Date.now() / 1_000) < 60, created_at);
    assert.deepEqual(await listed('?component=orders', 1), [json]);
  });

  await t.test('filters hold together, and are literal', async () => {
    assert.equal((await client.json('/api/events', { ...EVENT, message: '1000 orders' })).status, 201);
    await listed('?component=orders', 2);
    const today = new Date();
    const date = `${today.getUTCMonth() + 1}-${today.getUTCDate()}-${today.getUTCFullYear()}`;
    const all = `component=orders&environment=production&email=${encodeURIComponent(EVENT.email)}&from_date=${date}`;
    assert.equal((await listed(`?${all}&message=${encodeURIComponent('100% of')}`, 1))[0].message, EVENT.message);
    await listed(`?${all}&message=order`, 2);
    await listed(`?${all}&message=Order`, 0);
    await listed('?component=orders&message=', 2);
    await listed('?component=orders&from_date=1-1-2999', 0);
  });

  await t.test('a date that is none is refused, and says so', async () => {
    for (const date of ['2021-04-16', '02-30-2021', '04/16/2021', '4-16-21', 'x']) {
      const { status, json } = await client.get(`/api/events/?from_date=${encodeURIComponent(date)}`);
      assert.equal(status, 400, date);
      assert.match(json.message, /Unable to retrieve events - Invalid date specified/);
    }
  });

  for (const [field, value, message] of [
    ['email', 'jane.example.com', 'Failed with Invalid email address.'],
    ['component', ' ', 'Failed with Component can not be empty.'],
    ['environment', '', 'Failed with Environment can not be empty.'],
    ['message', '\t', 'Failed with Message can not be empty.'],
  ] as const) {
    await t.test(`${JSON.stringify(value)} for ${field} is refused in the old words`, async () => {
      const { status, json } = await client.json('/api/events/', { ...EVENT, [field]: value });
      assert.deepEqual([status, json.message], [400, message]);
    });
  }

  await t.test('missing and mistaken fields are told by their names', async () => {
    const { status, json } = await client.json('/api/events/', { email: 1, data: [] });
    assert.deepEqual([status, json.message], [400, 'Input payload validation failed']);
    assert.deepEqual(Object.keys(json.errors).sort(), ['component', 'data', 'email', 'environment', 'message']);
    assert.match(json.errors.component, /'component' is a required property/);
  });
};
