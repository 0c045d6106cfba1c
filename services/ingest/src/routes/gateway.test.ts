import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idempotentCommandId, SluiceError } from '@sluice/core';
import type { Fetched } from '@sluice/testing';
import { waitFor } from '@sluice/testing';
import type { RegistryStore } from '../streams/registry.ts';
import { type PipelineIngest, testPipeline } from '../testing/pipeline.ts';

const FRUITS = { type: 'object', required: ['fruit'], properties: { fruit: { type: 'string' } } };
const URLENCODED = { 'Content-Type': 'application/x-www-form-urlencoded' };
const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams(fields).toString();

const register = (gateway: PipelineIngest, client: string, event: string, schema: unknown = FRUITS) =>
  gateway.post(`/${client}/${event}/register_event`, form({ event_schema: JSON.stringify(schema) }), URLENCODED);
const send = (gateway: PipelineIngest, client: string, event: string, value: unknown) =>
  gateway.post(`/${client}/${event}/send_event`, form({ event: JSON.stringify(value) }), URLENCODED);
const words = ({ status, body }: Fetched) => [status, body?.code, body?.msg];

const down = () => {
  throw new SluiceError('unavailable', 'PostgreSQL at 10.0.0.1 is gone');
};

test('what an old client does: send before, register, again, send, schema, list', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  assert.deepEqual(words(await send(gateway, 'client1', 'new_event1', { fruit: 'fig' })), [
    400,
    'FAILED',
    'failed to send event',
  ]);
  const registered = await register(gateway, 'client1', 'new_event1');
  assert.equal(registered.status, 200);
  assert.deepEqual(registered.body, { code: 'SUCCEEDED', msg: 'event registered' });
  assert.deepEqual(words(await register(gateway, 'client1', 'new_event1')), [
    400,
    'FAILED',
    'failed to register event',
  ]);
  const { status, body } = await send(gateway, 'client1', 'new_event1', { fruit: 'fig' });
  assert.equal(status, 200);
  assert.deepEqual([body.code, body.msg, Object.keys(body)], ['SUCCEEDED', 'event sent', ['code', 'msg', 'id']]);
  const [record] = pipeline.records('client1.new_event1');
  assert.equal(record?.value?.toString(), '{"fruit":"fig"}');
  assert.equal(record?.key?.toString(), body.id);
  const headers = Object.fromEntries(record?.headers.map(({ name, value }) => [name, String(value)]) ?? []);
  assert.equal(headers.ce_source, 'client1');
  assert.equal(headers.ce_type, 'client1.new_event1');
  assert.equal(headers.ce_dataschema, 'urn:sluice:schema:client1.new_event1:1');
  assert.deepEqual((await gateway.get('/client1/new_event1/schema')).body, {
    code: 'SUCCEEDED',
    msg: 'schema recovered',
    schema: FRUITS,
  });
  assert.deepEqual((await gateway.get('/client1/list_events')).body, {
    code: 'SUCCEEDED',
    msg: 'schema recovered',
    events: [['client1', 'new_event1']],
  });
});

test('a client sees its own events alone, in the order of their registration', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  for (const [client, event] of [
    ['SpongeBob', 'Fruits'],
    ['Patrick', 'Stars'],
    ['SpongeBob', 'Colors'],
  ] as const) {
    assert.equal((await register(gateway, client, event)).status, 200);
  }
  const listed = async (client: string) => (await gateway.get(`/${client}/list_events`)).body.events;
  assert.deepEqual(await listed('SpongeBob'), [
    ['SpongeBob', 'Fruits'],
    ['SpongeBob', 'Colors'],
  ]);
  assert.deepEqual(await listed('Patrick'), [['Patrick', 'Stars']]);
  assert.deepEqual(await listed('Squidward'), []);
  assert.deepEqual(await listed('spongebob'), []);
});

const MULTIPART = { 'Content-Type': 'multipart/form-data; boundary=x' };
const part = (name: string, value: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--x--\r\n`;
const JSON_TYPE = { 'Content-Type': 'application/json' };
const NO_KEY = "'event_schema' key not in data";
const NO_JSON = "'event_schema' is not a valid json";
const UNREGISTERED = 'failed to register event';
const deep = (levels: number) => `${'{"not":'.repeat(levels)}true${'}'.repeat(levels)}`;

/** Body, its type, the old message, the type of the problem, and what the detail must say. */
const badRegistrations: readonly (readonly [string, string, Record<string, string>, string, string, RegExp])[] = [
  ['no body', '', {}, NO_KEY, 'invalid-body', /Content-Type must be .*, got none/],
  ['an empty form', '', URLENCODED, NO_KEY, 'invalid-body', /event_schema must be there, got nothing/],
  ['another field', form({ event: '{}' }), URLENCODED, NO_KEY, 'invalid-body', /event_schema must be there/],
  ['an empty field', form({ event_schema: '' }), URLENCODED, NO_KEY, 'invalid-body', /got ""/],
  ['a field in another case', form({ Event_Schema: '{}' }), URLENCODED, NO_KEY, 'invalid-body', /must be there/],
  ['a field twice', 'event_schema=true&event_schema=true', URLENCODED, NO_KEY, 'malformed-form', /once/],
  ['a bad escape', 'event_schema=%zz', URLENCODED, NO_KEY, 'malformed-form', /percent-encoded/],
  ['another type', '{"type":"object"}', { 'Content-Type': 'text/plain' }, NO_KEY, 'invalid-body', /got "text\/plain"/],
  ['another part', part('event', 'true'), MULTIPART, NO_KEY, 'invalid-body', /must be there/],
  ['a part cut off', part('event_schema', 'true').slice(0, 60), MULTIPART, NO_KEY, 'malformed-form', /whole/],
  ['text', form({ event_schema: 'schema' }), URLENCODED, NO_JSON, 'malformed-json', /must be JSON .*, got "s"/],
  ['half a schema', form({ event_schema: '{"a":' }), URLENCODED, NO_JSON, 'malformed-json', /its end/],
  ['{}', form({ event_schema: '{}' }), URLENCODED, NO_JSON, 'malformed-json', /got an object/],
  ['[]', form({ event_schema: '[]' }), URLENCODED, NO_JSON, 'malformed-json', /got an array of 0/],
  ['0', form({ event_schema: '0' }), URLENCODED, NO_JSON, 'malformed-json', /got 0/],
  ['-0.0', form({ event_schema: '-0.0' }), URLENCODED, NO_JSON, 'malformed-json', /got 0/],
  ['""', form({ event_schema: '""' }), URLENCODED, NO_JSON, 'malformed-json', /got ""/],
  ['false', form({ event_schema: 'false' }), URLENCODED, NO_JSON, 'malformed-json', /got false/],
  ['null', form({ event_schema: 'null' }), URLENCODED, NO_JSON, 'malformed-json', /got null/],
  ['null in a part', part('event_schema', 'null'), MULTIPART, NO_JSON, 'malformed-json', /got null/],
  ['a key twice', form({ event_schema: '{"a":1,"a":1}' }), URLENCODED, NO_JSON, 'malformed-json', /each key once/],
  ['a schema too deep', form({ event_schema: deep(33) }), URLENCODED, NO_JSON, 'malformed-json', /32 levels/],
  [
    'a schema as deep as a command is',
    form({ event_schema: deep(32) }),
    URLENCODED,
    UNREGISTERED,
    'invalid-schema',
    /31/,
  ],
  ['a number', form({ event_schema: '1' }), URLENCODED, UNREGISTERED, 'invalid-schema', /schema/],
  [
    'a bad type',
    form({ event_schema: '{"type":"fruit"}' }),
    URLENCODED,
    UNREGISTERED,
    'invalid-schema',
    /\/event_schema\/type/,
  ],
  [
    'a remote $ref',
    form({ event_schema: '{"$ref":"http://x/y"}' }),
    URLENCODED,
    UNREGISTERED,
    'invalid-schema',
    /\$ref/,
  ],
  ['a bad pattern', form({ event_schema: '{"pattern":"("}' }), URLENCODED, UNREGISTERED, 'invalid-schema', /pattern/],
  ['a JSON body that is none', '{', JSON_TYPE, NO_JSON, 'malformed-json', /its end/],
  [
    'a JSON body in latin1',
    '{}',
    { 'Content-Type': 'application/json; charset=latin1' },
    NO_KEY,
    'invalid-body',
    /utf-8/,
  ],
  ['a JSON array', '[]', JSON_TYPE, NO_KEY, 'invalid-body', /must be an object/],
  ['a JSON body without', '{"schema":true}', JSON_TYPE, NO_KEY, 'invalid-body', /\/event_schema must be there/],
  ['an empty text', '{"event_schema":""}', JSON_TYPE, NO_KEY, 'invalid-body', /got ""/],
  ['null in JSON', '{"event_schema":null}', JSON_TYPE, NO_JSON, 'malformed-json', /got null/],
  ['{} in JSON', '{"event_schema":{}}', JSON_TYPE, NO_JSON, 'malformed-json', /got an object/],
  ['text of null in JSON', '{"event_schema":"null"}', JSON_TYPE, NO_JSON, 'malformed-json', /got null/],
  ['text of nothing in JSON', '{"event_schema":"fruit"}', JSON_TYPE, NO_JSON, 'malformed-json', /got "f"/],
  [
    'a bad schema in JSON',
    '{"event_schema":{"type":1}}',
    JSON_TYPE,
    UNREGISTERED,
    'invalid-schema',
    /\/event_schema\/type/,
  ],
];

test('a registration that is no good is told so in the old words, with the reason, and leaves nothing', async (t) => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  for (const [name, body, headers, msg, type, detail] of badRegistrations) {
    await t.test(name, async () => {
      const answer = await gateway.post('/SpongeBob/Fruits/register_event', new TextEncoder().encode(body), headers);
      assertFailed(answer, msg, type, detail);
    });
  }
  for (const [client, event, detail] of [
    ['Sponge.Bob', 'Fruits', /client must be 1 to 63 letters/],
    ['SpongeBob', 'Fru.its', /event must be 1 to 63 letters/],
    ['1Bob', 'Fruits', /client must be .*, got "1Bob"/],
    ['x'.repeat(64), 'Fruits', /client must be/],
    ['google', 'Fruits', /client must not begin with goog/],
    ["Bob'--", 'Fruits', /client must be/],
    ['B%C3%B6b', 'Fruits', /client must be .*, got "Böb"/],
    ['Bob', 'a%2Fb', /event must be .*, got "a\/b"/],
    ['Bob', '%00', /event must be .*, got "\\u0000"/],
  ] as const) {
    await t.test(`the name ${client.slice(0, 20)}.${event}`, async () => {
      assertFailed(await register(gateway, client, event), UNREGISTERED, 'invalid-name', detail);
    });
  }
  assert.deepEqual(pipeline.store.tables.schemaVersions, []);
  assert.deepEqual(pipeline.records('sluice.control.v1'), []);
});

function assertFailed({ status, body, headers }: Fetched, msg: string, type: string, detail: RegExp): void {
  assert.equal(status, 400);
  assert.equal(headers.get('content-type'), 'application/problem+json');
  assert.deepEqual([body.code, body.msg, body.type], ['FAILED', msg, `urn:sluice:problem:${type}`]);
  assert.match(body.detail, detail);
  assert.equal(body.status, 400);
}

test('a schema comes as a field, as a part, as JSON and as a text in JSON', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  const text = JSON.stringify(FRUITS);
  for (const [event, body, headers] of [
    ['A', form({ event_schema: text }), URLENCODED],
    ['B', part('event_schema', text), MULTIPART],
    ['C', `{"event_schema":${text}}`, JSON_TYPE],
    ['D', JSON.stringify({ event_schema: text }), JSON_TYPE],
  ] as const) {
    assert.equal((await gateway.post(`/Bob/${event}/register_event`, body, headers)).status, 200, event);
    assert.deepEqual((await gateway.get(`/Bob/${event}/schema`)).body.schema, FRUITS);
  }
  assert.equal((await register(gateway, 'Bob', 'Anything', true)).status, 200);
  assert.equal((await send(gateway, 'Bob', 'Anything', 'text')).status, 200);
});

test('an event comes as a field, as a part, as JSON and as a text in JSON, and lies in the log as it came', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  await register(gateway, 'Bob', 'Fruits');
  for (const [body, headers, value] of [
    [form({ event: ' {"fruit": "fig"} ' }), URLENCODED, ' {"fruit": "fig"} '],
    [part('event', '{"fruit":"féve"}'), MULTIPART, '{"fruit":"féve"}'],
    ['{"event": {"fruit": "fig"}}', JSON_TYPE, '{"fruit":"fig"}'],
    ['{"event": "{\\"fruit\\": \\"fig\\"}"}', JSON_TYPE, '{"fruit": "fig"}'],
  ] as const) {
    const { status, body: answer } = await gateway.post('/Bob/Fruits/send_event', body, headers);
    assert.equal(status, 200, body);
    const record = pipeline.records('Bob.Fruits').find(({ key }) => key?.toString() === answer.id);
    assert.equal(record?.value?.toString(), value);
  }
});

test('an event that is no good is told so in the old words, with the reason', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  await register(gateway, 'Bob', 'Fruits');
  const unsent = 'failed to send event';
  for (const [path, body, headers, msg, type, detail] of [
    ['Bob/Fruits', '', URLENCODED, "'event' key not in data", 'invalid-body', /got nothing/],
    ['Bob/Fruits', form({ event: '' }), URLENCODED, "'event' key not in data", 'invalid-body', /got ""/],
    ['Bob/Fruits', form({ event: 'fig' }), URLENCODED, "'event' is not a valid json", 'malformed-json', /got "f"/],
    ['Bob/Fruits', form({ event: '{}' }), URLENCODED, "'event' is not a valid json", 'malformed-json', /an object/],
    ['Bob/Fruits', form({ event: '[0]' }), URLENCODED, unsent, 'invalid-body', /^\/event must .*, got an array of 1$/],
    [
      'Bob/Fruits',
      form({ event: '{"fruit":1}' }),
      URLENCODED,
      unsent,
      'invalid-body',
      /^\/event\/fruit must .*, got 1$/,
    ],
    ['Bob/Fruits', '{"event":{"kiwi":1}}', JSON_TYPE, unsent, 'invalid-body', /fruit/],
    ['Bob/Nuts', form({ event: '1' }), URLENCODED, unsent, 'not-registered', /event "Nuts" of client "Bob" must be/],
    ['Bob/a.b', form({ event: '1' }), URLENCODED, unsent, 'not-registered', /event must be 1 to 63/],
  ] as const) {
    const answer = await gateway.post(`/${path}/send_event`, body, headers);
    assertFailed(answer, msg, type, detail);
  }
  assert.deepEqual(pipeline.records('Bob.Fruits'), []);
  assertFailed(await gateway.get('/Bob/Nuts/schema'), 'event not registered', 'not-registered', /"Nuts"/);
  assertFailed(await gateway.get('/Bob/a.b/schema'), 'event not registered', 'not-registered', /got "a\.b"/);
  const violations = (await send(gateway, 'Bob', 'Fruits', { fruit: 1 })).body.errors;
  assert.equal(violations[0].pointer, '/event/fruit');
  const figures = await gateway.metrics.metrics();
  assert.match(figures, /^invalid_payloads_total\{stream="Bob\.Fruits",reason="schema-violation"\} \d+$/m);
  assert.match(figures, /^invalid_payloads_total\{stream="unknown",reason="unknown-stream"\} 2$/m);
  assert.doesNotMatch(figures, /Nuts|a\.b/);
});

test('a body that nobody reads is refused in the old words too', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  await register(gateway, 'Bob', 'Fruits');
  for (const [route, field] of [
    ['send_event', 'event'],
    ['register_event', 'event_schema'],
  ] as const) {
    const large = await gateway.post(`/Bob/Fruits/${route}`, ' '.repeat(2 ** 20 + 1), URLENCODED);
    assert.deepEqual(words(large), [413, 'FAILED', `'${field}' key not in data`]);
    assert.match(large.body.detail, /^the body must have at most 1048576 bytes/);
    const encoded = await gateway.post(`/Bob/Fruits/${route}`, 'x', { ...URLENCODED, 'Content-Encoding': 'gzip' });
    assertFailed(encoded, `'${field}' key not in data`, 'invalid-body', /^the body must not be encoded, .*"gzip"$/);
  }
});

test("the services' own addresses are no clients'", async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  for (const client of ['api', 'app', 'health', 'ready', 'metrics']) {
    assert.equal((await register(gateway, client, 'Fruits')).status, 404, client);
    assert.equal((await send(gateway, client, 'Fruits', 1)).status, 404, client);
    assert.equal((await gateway.get(`/${client}/x/schema`)).status, 404, client);
    assert.equal((await gateway.get(`/${client}/list_events`)).status, 404, client);
  }
  assert.equal((await gateway.get('/api/health')).status, 200);
  assert.equal((await gateway.get('/Bob/Fruits/send_event')).status, 405);
});

test('a name that a broker would not tell from another topic is a conflict', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  assert.equal((await register(gateway, 'a_b', 'c')).status, 200);
  for (const [client, event, other] of [
    ['a', 'b_c', 'a_b.c'],
    ['timestamp', 'command_v1', 'timestamp.command.v1'],
    ['sluice', 'control_v1', 'sluice.control.v1'],
  ] as const) {
    const answer = await register(gateway, client, event);
    assert.deepEqual(words(answer), [409, 'FAILED', 'failed to register event'], client);
    assert.equal(answer.body.type, 'urn:sluice:problem:conflict');
    assert.ok(answer.body.detail.includes(`"${other}"`), answer.body.detail);
  }
  assert.equal(pipeline.store.tables.schemaVersions.length, 1);
});

test('an idempotency key makes a retry the same command: of an event, and of a registration', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  const headers = { ...URLENCODED, 'Idempotency-Key': 'order 17' };
  const schema = form({ event_schema: JSON.stringify(FRUITS) });
  for (const _ of [1, 2]) {
    assert.equal((await gateway.post('/Bob/Fruits/register_event', schema, headers)).status, 200);
    assert.equal((await gateway.post('/Bob/Nuts/register_event', schema, headers)).status, 200);
  }
  assert.equal((await register(gateway, 'Bob', 'Fruits')).status, 400);
  assert.equal(pipeline.store.tables.schemaVersions.length, 2);
  const ids = [];
  for (const _ of [1, 2]) {
    ids.push((await gateway.post('/Bob/Fruits/send_event', form({ event: '{"fruit":"fig"}' }), headers)).body.id);
  }
  const expected = idempotentCommandId('Bob.Fruits', 'Bob', 'order 17');
  assert.deepEqual(ids, [expected, expected]);
  const answer = await gateway.post('/Bob/Fruits/send_event', schema, { ...URLENCODED, 'Idempotency-Key': '' });
  assert.deepEqual(words(answer), [400, 'FAILED', 'failed to send event']);
});

test('without the store, known streams go on and unknown ones are 503', async () => {
  await using pipeline = await testPipeline();
  let isDown = false;
  const gateway = await pipeline.ingest({
    store: ({ reader, watch }) => ({
      reader: { registryChanges: (mark) => (isDown ? down() : reader.registryChanges(mark)) },
      watch,
    }),
  });
  await register(gateway, 'Bob', 'Fruits');
  isDown = true;
  assert.equal((await send(gateway, 'Bob', 'Fruits', { fruit: 'fig' })).status, 200);
  assert.equal((await gateway.get('/Bob/Fruits/schema')).status, 200);
  assert.equal((await gateway.get('/Bob/list_events')).body.events.length, 1);
  assert.equal((await gateway.get('/ready')).status, 200);
  for (const [answer, msg] of [
    [await send(gateway, 'Bob', 'Nuts', 1), 'failed to send event'],
    [await register(gateway, 'Bob', 'Nuts'), 'failed to register event'],
    [await gateway.get('/Bob/Nuts/schema'), 'event not registered'],
  ] as const) {
    assert.deepEqual(words(answer), [503, 'FAILED', msg]);
    assert.equal(answer.headers.get('retry-after'), '1');
    assert.doesNotMatch(answer.text, /10\.0\.0\.1|PostgreSQL/);
  }
  isDown = false;
  assert.equal((await register(gateway, 'Bob', 'Nuts')).status, 200);
});

test('a registry that was never read is no empty one', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest({ store: ({ watch }) => ({ reader: { registryChanges: down }, watch }) });
  assert.equal((await gateway.get('/Bob/list_events')).status, 503);
  assert.equal((await gateway.post('/app', '')).status, 200, 'what needs no registry goes on');
  const ready = await gateway.get('/ready');
  assert.equal(ready.status, 503);
  assert.match(ready.body.dependencies.registry, /is gone/);
});

test('what the broker does not confirm is 503 in the old words', async () => {
  await using pipeline = await testPipeline();
  let isDown = false;
  const gateway = await pipeline.ingest({
    answer: () => (isDown ? { kind: 'failed', error: new SluiceError('unavailable', 'Kafka is gone') } : undefined),
    ensureTopics: () => (isDown ? down() : undefined),
  });
  await register(gateway, 'Bob', 'Fruits');
  await send(gateway, 'Bob', 'Fruits', { fruit: 'fig' });
  isDown = true;
  assert.deepEqual(words(await send(gateway, 'Bob', 'Fruits', { fruit: 'fig' })), [
    503,
    'FAILED',
    'failed to send event',
  ]);
  const answer = await register(gateway, 'Bob', 'Nuts');
  assert.deepEqual(words(answer), [503, 'FAILED', 'failed to register event']);
  assert.equal(answer.headers.get('retry-after'), '1');
});

test('another ingest knows of a registration as soon as it was answered, and after a restart', async () => {
  await using pipeline = await testPipeline();
  const [one, two] = [await pipeline.ingest(), await pipeline.ingest({ store: deaf })];
  for (const event of ['A', 'B', 'C']) {
    assert.equal((await register(one, 'Bob', event)).status, 200);
    assert.equal((await send(two, 'Bob', event, { fruit: 'fig' })).status, 200);
  }
  const three = await pipeline.ingest();
  assert.equal((await send(three, 'Bob', 'C', { fruit: 'fig' })).status, 200);
});

/** Nobody tells it of changes. */
const deaf = ({ reader, watch }: RegistryStore): RegistryStore => ({
  reader,
  watch: {
    outcome: (id, signal) => watch.outcome(id, signal),
    onRegistryChange: () => ({ [Symbol.dispose]: () => {} }),
  },
});

test('of registrations that race, the first in the log wins, and the others are told', async () => {
  await using pipeline = await testPipeline({ isProjecting: false });
  const ingests = [await pipeline.ingest(), await pipeline.ingest()];
  const racing = [1, 2, 3, 4, 5, 6].map((each) =>
    register(ingests[each % 2] as PipelineIngest, 'Bob', 'Fruits', { minLength: each }),
  );
  // All of them are in the log before any of them is decided.
  await waitFor('all registrations', () => pipeline.records('sluice.control.v1').length === 6);
  pipeline.projectRegistrations();
  const answers = await Promise.all(racing);
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 400, 400, 400, 400, 400]);
  const winner = answers.findIndex(({ status }) => status === 200) + 1;
  const [first] = pipeline.records('sluice.control.v1');
  assert.deepEqual(JSON.parse(String(first?.value)).schema, { minLength: winner });
  for (const ingest of ingests)
    assert.deepEqual((await ingest.get('/Bob/Fruits/schema')).body.schema, { minLength: winner });
});

test('many streams at once', async () => {
  await using pipeline = await testPipeline();
  const gateway = await pipeline.ingest();
  const events = Array.from({ length: 60 }, (_, index) => `Event${index}`);
  const answers = await Promise.all(events.map((event) => register(gateway, 'Bob', event)));
  assert.ok(answers.every(({ status }) => status === 200));
  const sent = await Promise.all(events.map((event) => send(gateway, 'Bob', event, { fruit: event })));
  assert.ok(sent.every(({ status }) => status === 200));
  for (const event of events) assert.equal(pipeline.records(`Bob.${event}`).length, 1);
});
