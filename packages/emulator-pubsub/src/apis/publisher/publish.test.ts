import assert from 'node:assert/strict';
import { test } from 'node:test';
import { field } from '../../grpc/wire.ts';
import { schemaName, subscriptionName, type TestEmulator, testEmulator, topicName } from '../../testing/emulator.ts';

const topic = topicName('orders');
const subscription = subscriptionName('sub');
const data = Buffer.from('a');

async function setUp({ publisher, subscriber }: TestEmulator): Promise<void> {
  await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({ name: subscription, topic });
}

test('messages come out as they went in, with an id and a time of the server', async (context) => {
  const clients = await testEmulator(context);
  const { publisher, subscriber } = clients;
  await setUp(clients);
  const sent = [
    { data: Buffer.from([0, 1, 255]), attributes: { kind: 'x', 'ce-id': 'ü'.repeat(512), __proto__x: '1' } },
    { attributes: { only: 'attributes', googclient_traceparent: 'the client itself sends it' } },
    { data: Buffer.alloc(5_000_000, 'x'), messageId: 'mine', publishTime: { seconds: 1 } },
  ];
  const [{ messageIds }] = await publisher.publish({ topic, messages: sent });
  assert.equal(new Set(messageIds).size, 3);
  for (const id of messageIds ?? []) assert.match(id, /^\d+$/);
  const received = [];
  while (received.length < 3) {
    const [answer] = await subscriber.pull({ subscription, maxMessages: 10 });
    received.push(...(answer.receivedMessages ?? []));
  }
  assert.deepEqual(
    received.map(({ message }) => message?.messageId),
    messageIds,
  );
  for (const [index, { message, deliveryAttempt }] of received.entries()) {
    assert.deepEqual(Buffer.from(message?.data as Buffer), sent[index]?.data ?? Buffer.alloc(0));
    assert.deepEqual({ ...message?.attributes }, { ...sent[index]?.attributes });
    assert.ok(Math.abs(Number(message?.publishTime?.seconds) - Date.now() / 1000) < 60);
    assert.equal(deliveryAttempt, 0);
  }
});

const longKey = 'k'.repeat(257);
const tooMany = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, 'v']));
const refused: readonly (readonly [string, object[], RegExp, number?])[] = [
  ['no message', [], /message_count is too small/],
  [
    'too many messages',
    Array(1001).fill({ data }),
    /The value for message_count is too large. You passed 1001 in the request, but the maximum value is 1000\./,
  ],
  ['an empty message', [{ data }, {}], /One or more messages in the publish request is empty/],
  ['an empty key', [{ data, attributes: { '': 'x' } }], /attribute key that is not valid \(key=\)/],
  ['a reserved key', [{ data, attributes: { GoogX: 'x' } }], /attribute key that is not valid \(key=GoogX\)/],
  [
    'a long key',
    [{ data, attributes: { [longKey]: 'x' } }],
    /The length is 257 characters, but the maximum allowed is 256/,
  ],
  [
    'a long value',
    [{ data, attributes: { k: 'ü'.repeat(513) } }],
    /The attribute "k" in the request has a value that is too long. The length is 1026 characters/,
  ],
  ['many attributes', [{ data, attributes: tooMany }], /too many attributes. You passed 101/],
  [
    'a long ordering key',
    [{ data, orderingKey: 'k'.repeat(1025) }],
    /ordering key in the request is too long. The length is 1025/,
  ],
  [
    'two ordering keys',
    [{ data, orderingKey: 'a' }, { data }],
    /all messages must have no ordering key or they must all have the same/,
    9,
  ],
];

test('what breaks a limit is refused, and nothing of its request is stored', async (context) => {
  const clients = await testEmulator(context);
  const { publisher, subscriber } = clients;
  await setUp(clients);
  for (const [what, messages, details, code = 3] of refused) {
    await assert.rejects(publisher.publish({ topic, messages }), { code, details }, what);
  }
  const [answer] = await subscriber.pull({ subscription, maxMessages: 10, returnImmediately: true });
  assert.deepEqual(answer.receivedMessages, []);
  const exactly = { k: 'x'.repeat(1024), ['k'.repeat(256)]: 'x' };
  await publisher.publish({ topic, messages: [{ data, attributes: exactly, orderingKey: 'k'.repeat(1024) }] });
});

test('messages and attributes are counted before anything is made of them: 10 MB hold five million', async (context) => {
  const clients = await testEmulator(context);
  await setUp(clients);
  // What follows is no message, as decoding would have to say: the count comes first.
  const broken = Buffer.from([0x0b]);
  const head = field(1, topic);
  const messages = Buffer.alloc(9_000_000, field(2, ''));
  const attributes = field(2, Buffer.concat([field(1, 'a'), Buffer.alloc(2 * 101, field(2, ''))]));
  for (const [bytes, details] of [
    [messages, /message_count is too large. You passed 4500000 in the request/],
    [attributes, /too many attributes. You passed 101/],
  ] as const) {
    const request = Buffer.concat([head, bytes, broken]);
    const status = await clients.raw.status('google.pubsub.v1.Publisher/Publish', request);
    assert.equal(status.code, 3);
    assert.match(status.details, details);
  }
});

test('a request has at most 10 MB', async (context) => {
  const clients = await testEmulator(context);
  const { publisher } = clients;
  await setUp(clients);
  const overhead = 2 + topic.length + 5 + 5;
  await publisher.publish({ topic, messages: [{ data: Buffer.alloc(10_000_000 - overhead) }] });
  await assert.rejects(publisher.publish({ topic, messages: [{ data: Buffer.alloc(10_000_001 - overhead) }] }), {
    code: 3,
    details:
      'The value for request_size is too large. You passed 10000001 in the request, but the maximum value is 10000000.',
  });
});

test('a topic with a schema takes what fits one of its revisions, and says which', async (context) => {
  const clients = await testEmulator(context);
  const { publisher, subscriber, schemas } = clients;
  const field = (name: string) => ({ name, type: 'string', default: '' });
  const definition = (...names: string[]) =>
    JSON.stringify({ type: 'record', name: 'Order', fields: names.map(field) });
  const schema = schemaName('order');
  const [first] = await schemas.createSchema({
    parent: 'projects/test-project',
    schemaId: 'order',
    schema: { type: 'AVRO', definition: definition('a') },
  });
  await publisher.createTopic({ name: topic, schemaSettings: { schema, encoding: 'JSON' } });
  await subscriber.createSubscription({ name: subscription, topic });
  const send = (value: object) =>
    publisher.publish({ topic, messages: [{ data: Buffer.from(JSON.stringify(value)) }] });
  await assert.rejects(send({ b: 'x' }), { code: 3, details: /failed schema validation/ });
  await send({ a: 'x' });
  const [second] = await schemas.commitSchema({
    name: schema,
    schema: { type: 'AVRO', definition: definition('a', 'b') },
  });
  await send({ a: 'x', b: 'y' });
  await publisher.updateTopic({
    topic: { name: topic, schemaSettings: { lastRevisionId: first.revisionId ?? '' } },
    updateMask: { paths: ['schema_settings.last_revision_id'] },
  });
  await assert.rejects(send({ a: 'x', b: 'y' }), { code: 3 });
  const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 10 });
  assert.deepEqual(
    receivedMessages?.map(({ message }) => message?.attributes),
    [first, second].map(({ revisionId }) => ({
      googclient_schemaencoding: 'JSON',
      googclient_schemaname: schema,
      googclient_schemarevisionid: revisionId,
    })),
  );
  await schemas.deleteSchema({ name: schema });
  assert.equal((await publisher.getTopic({ topic }))[0].schemaSettings?.schema, '_deleted-schema_');
  await assert.rejects(send({ a: 'x' }), { code: 3 });
  await publisher.updateTopic({ topic: { name: topic, labels: { a: 'b' } }, updateMask: { paths: ['labels'] } });
});

test('faults: a publish fails with the code that was asked for, or is stored and answered as lost', async (context) => {
  const clients = await testEmulator(context);
  const { raw, subscriber, emulator } = clients;
  await setUp(clients);
  const { pubsub } = await import('../../grpc/protos.ts');
  const request = pubsub.PublishRequest.encode({ topic, messages: [{ data }] }).finish() as Buffer;
  emulator.faults.failPublishes(topic, 'RESOURCE_EXHAUSTED');
  emulator.faults.losePublishReplies(topic);
  const publish = () => raw.status('google.pubsub.v1.Publisher/Publish', request);
  assert.equal((await publish()).code, 8);
  assert.equal((await publish()).code, 14);
  assert.equal((await publish()).code, 0);
  const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 10 });
  assert.equal(receivedMessages?.length, 2);
});
