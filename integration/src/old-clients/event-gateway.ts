import assert from 'node:assert/strict';
import type { OldSystem } from './old-client.ts';

const FRUITS = JSON.stringify({
  type: 'object',
  properties: { fruit: { type: 'string', enum: ['apple', 'banana'] } },
  required: ['fruit'],
});

/** The event gateway: forms in, `code` and `msg` out. */
export const eventGateway: OldSystem = async (t, client) => {
  const at = (event: string) => `/client1/${event}`;
  const failed = (msg: string) => ({ code: 'FAILED', msg });
  const about = ({ code, msg }: { code: string; msg: string }) => ({ code, msg });

  await t.test('its quick test: send, register, register again, send, schema, list', async () => {
    const path = at('new_event1');
    const early = await client.form(`${path}/send_event`, { event: '{"fruit":"apple"}' });
    assert.deepEqual([early.status, about(early.json)], [400, failed('failed to send event')]);

    const registered = await client.form(`${path}/register_event`, { event_schema: FRUITS });
    assert.deepEqual([registered.status, registered.json], [200, { code: 'SUCCEEDED', msg: 'event registered' }]);
    const again = await client.form(`${path}/register_event`, { event_schema: FRUITS });
    assert.deepEqual([again.status, about(again.json)], [400, failed('failed to register event')]);

    const sent = await client.form(`${path}/send_event`, { event: '{"fruit":"apple"}' });
    assert.deepEqual([sent.status, about(sent.json)], [200, { code: 'SUCCEEDED', msg: 'event sent' }]);
    assert.match(sent.json.id, /^[\da-f-]{36}$/);

    const schema = await client.get(`${path}/schema`);
    const recovered = { code: 'SUCCEEDED', msg: 'schema recovered' };
    assert.deepEqual([schema.status, schema.json], [200, { ...recovered, schema: JSON.parse(FRUITS) }]);
    const list = await client.get('/client1/list_events');
    assert.deepEqual([list.status, list.json], [200, { ...recovered, events: [['client1', 'new_event1']] }]);
  });

  await t.test("an unknown event's schema is 400, an unknown client's list is empty", async () => {
    const schema = await client.get(`${at('nothing')}/schema`);
    assert.deepEqual([schema.status, about(schema.json)], [400, failed('event not registered')]);
    const list = await client.get('/nobody/list_events');
    assert.deepEqual([list.status, list.json.code, list.json.events], [200, 'SUCCEEDED', []]);
  });

  const refusals: readonly (readonly [
    name: string,
    route: string,
    fields: Readonly<Record<string, string>>,
    msg: string,
  ])[] = [
    ['no schema', 'register_event', {}, "'event_schema' key not in data"],
    ['an empty schema', 'register_event', { event_schema: '' }, "'event_schema' key not in data"],
    ['no JSON', 'register_event', { event_schema: '{' }, "'event_schema' is not a valid json"],
    ['JSON that is false', 'register_event', { event_schema: '{}' }, "'event_schema' is not a valid json"],
    ['null', 'register_event', { event_schema: 'null' }, "'event_schema' is not a valid json"],
    ['an invalid schema', 'register_event', { event_schema: '{"type":"fruit"}' }, 'failed to register event'],
    ['no event', 'send_event', { other: '{}' }, "'event' key not in data"],
    ['an event that is no JSON', 'send_event', { event: 'apple' }, "'event' is not a valid json"],
    ['an empty event', 'send_event', { event: '{}' }, "'event' is not a valid json"],
    ['an event that the schema refuses', 'send_event', { event: '{"fruit":"car"}' }, 'failed to send event'],
  ];
  for (const [name, route, fields, msg] of refusals) {
    await t.test(`${route} with ${name} is 400, in the old words`, async () => {
      const event = route === 'send_event' ? 'new_event1' : 'refused';
      const { status, json } = await client.form(`${at(event)}/${route}`, fields);
      assert.deepEqual([status, about(json)], [400, failed(msg)]);
    });
  }

  await t.test('a schema may hold apostrophes, and be just true', async () => {
    const schema = JSON.stringify({ type: 'object', title: "it's Bob's" });
    assert.equal((await client.form(`${at('quotes')}/register_event`, { event_schema: schema })).status, 200);
    assert.deepEqual((await client.get(`${at('quotes')}/schema`)).json.schema, JSON.parse(schema));
    assert.equal((await client.form(`${at('anything')}/register_event`, { event_schema: 'true' })).status, 200);
    assert.equal((await client.form(`${at('anything')}/send_event`, { event: '[1]' })).status, 200);
  });
};
