import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RPCS } from './apis/registry.ts';
import { encoded, type MessageType, pubsub } from './grpc/protos.ts';
import { schemaName, snapshotName, subscriptionName, testEmulator, topicName } from './testing/emulator.ts';

const topic = topicName('orders');
const subscription = subscriptionName('sub');
const PUBLISHER = 'google.pubsub.v1.Publisher';
const SUBSCRIBER = 'google.pubsub.v1.Subscriber';
const SCHEMAS = 'google.pubsub.v1.SchemaService';
const NAME = /^Invalid resource name given \((.+)=.*\)\. Refer to https:/;
const day = 86_400;

type Case = readonly [what: string, method: string, request: Buffer, code: number, details: RegExp];

function of<Plain>(type: Pick<MessageType<unknown, Plain>, 'encode'>, method: string) {
  return (what: string, message: Plain, details: RegExp, code = 3): Case => [
    `${method}: ${what}`,
    method,
    encoded(type, message),
    code,
    details,
  ];
}

const createTopic = of(pubsub.Topic, `${PUBLISHER}/CreateTopic`);
const updateTopic = of(pubsub.UpdateTopicRequest, `${PUBLISHER}/UpdateTopic`);
const listTopics = of(pubsub.ListTopicsRequest, `${PUBLISHER}/ListTopics`);
const publish = of(pubsub.PublishRequest, `${PUBLISHER}/Publish`);
const create = of(pubsub.Subscription, `${SUBSCRIBER}/CreateSubscription`);
const update = of(pubsub.UpdateSubscriptionRequest, `${SUBSCRIBER}/UpdateSubscription`);
const pull = of(pubsub.PullRequest, `${SUBSCRIBER}/Pull`);
const acknowledge = of(pubsub.AcknowledgeRequest, `${SUBSCRIBER}/Acknowledge`);
const modify = of(pubsub.ModifyAckDeadlineRequest, `${SUBSCRIBER}/ModifyAckDeadline`);
const push = of(pubsub.ModifyPushConfigRequest, `${SUBSCRIBER}/ModifyPushConfig`);
const snapshot = of(pubsub.CreateSnapshotRequest, `${SUBSCRIBER}/CreateSnapshot`);
const updateSnapshot = of(pubsub.UpdateSnapshotRequest, `${SUBSCRIBER}/UpdateSnapshot`);
const seek = of(pubsub.SeekRequest, `${SUBSCRIBER}/Seek`);
const createSchema = of(pubsub.CreateSchemaRequest, `${SCHEMAS}/CreateSchema`);
const getSchema = of(pubsub.GetSchemaRequest, `${SCHEMAS}/GetSchema`);

const name = subscriptionName('another');
const BAD_NAMES = [
  '',
  'orders',
  'projects/p/topics/',
  'projects/p/topics/ab',
  'projects/p/topics/1ab',
  'projects/p/topics/googabc',
  `projects/p/topics/a${'b'.repeat(255)}`,
  'projects/p/topics/a b',
  'projects//topics/abc',
  'projects/p/topics/abc/def',
  'projects/p/topics/ab\u0000',
  '_deleted-topic_',
  `${'x'.repeat(5000)}`,
];

const CASES: readonly Case[] = [
  ...BAD_NAMES.map((bad) => createTopic(`the name ${bad.slice(0, 40)}`, { name: bad }, NAME)),
  createTopic(
    'a short retention',
    { name: topicName('other'), messageRetentionDuration: { seconds: 599 } },
    /message_retention_duration must be from 600s to 2678400s, got 599s/,
  ),
  createTopic(
    'a long retention',
    { name: topicName('other'), messageRetentionDuration: { seconds: 31 * day + 1 } },
    /message_retention_duration/,
  ),
  createTopic(
    'a duration that is none',
    { name: topicName('other'), messageRetentionDuration: { seconds: 600, nanos: -1 } },
    /must be a valid duration/,
  ),
  createTopic(
    'a duration beyond all',
    { name: topicName('other'), messageRetentionDuration: { seconds: Number.MAX_SAFE_INTEGER } },
    /must be a valid duration/,
  ),
  createTopic('a label key', { name: topicName('other'), labels: { Upper: 'x' } }, /Label keys/),
  createTopic('a label value', { name: topicName('other'), labels: { key: 'x'.repeat(64) } }, /Label values/),
  createTopic(
    'many labels',
    {
      name: topicName('other'),
      labels: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, ''])),
    },
    /labels must be 64/,
  ),
  createTopic('a key of KMS', { name: topicName('other'), kmsKeyName: 'key' }, NAME),
  createTopic('no region', { name: topicName('other'), messageStoragePolicy: {} }, /at least one region/),
  createTopic(
    'a schema that is not there',
    { name: topicName('other'), schemaSettings: { schema: schemaName('none'), encoding: 1 } },
    /\(resource=none\)/,
    5,
  ),
  createTopic('no schema', { name: topicName('other'), schemaSettings: { encoding: 1 } }, NAME),
  createTopic(
    'a transform that is none',
    { name: topicName('other'), messageTransforms: [{}] },
    /must have a transform/,
  ),
  createTopic(
    'a function twice',
    {
      name: topicName('other'),
      messageTransforms: [
        { javascriptUdf: { functionName: 'f', code: 'x' } },
        { javascriptUdf: { functionName: 'f', code: 'x' } },
      ],
    },
    /got "f" twice/,
  ),
  updateTopic('no topic', { updateMask: { paths: ['labels'] } }, /invalid argument to the service \(argument=topic\)/),
  updateTopic('no mask', { topic: { name: topic } }, /^The update_mask in the UpdateTopicRequest must be set/),
  updateTopic(
    'a field that is none',
    { topic: { name: topic }, updateMask: { paths: ['lables'] } },
    /'lables' is not a known Topic field/,
  ),
  updateTopic(
    'the name',
    { topic: { name: topic }, updateMask: { paths: ['name'] } },
    /the 'name' field in the Topic is not mutable/,
  ),
  updateTopic(
    'a prototype',
    { topic: { name: topic }, updateMask: { paths: ['__proto__.labels'] } },
    /is not a known Topic field/,
  ),
  updateTopic(
    'a topic that is not there',
    { topic: { name: topicName('none') }, updateMask: { paths: ['labels'] } },
    /\(resource=none\)/,
    5,
  ),
  listTopics('no project', {}, NAME),
  listTopics('a negative page', { project: 'projects/p', pageSize: -1 }, /argument=page_size/),
  listTopics('a token of nobody', { project: 'projects/p', pageToken: 'x' }, /argument=page_token/),
  publish('no topic', { messages: [{ data: Buffer.from('x') }] }, NAME),
  create('no topic', { name }, NAME),
  create('a topic that is not there', { name, topic: topicName('none') }, /\(resource=none\)/, 5),
  create('the name of another kind', { name: topicName('abc'), topic }, NAME),
  create('a short deadline', { name, topic, ackDeadlineSeconds: 9 }, /Invalid ack deadline given/),
  create('a long deadline', { name, topic, ackDeadlineSeconds: 601 }, /Invalid ack deadline given/),
  create('a negative deadline', { name, topic, ackDeadlineSeconds: -1 }, /Invalid ack deadline given/),
  create('a short retention', { name, topic, messageRetentionDuration: { seconds: 1 } }, /message_retention_duration/),
  create(
    'a short expiration',
    { name, topic, expirationPolicy: { ttl: { seconds: day - 1 } } },
    /expiration_policy.ttl must be from 86400s/,
  ),
  create('a filter', { name, topic, filter: 'attributes.' }, /^Invalid filter: /),
  create('a long filter', { name, topic, filter: `attributes:${'x'.repeat(300)}` }, /^Invalid filter: /),
  create('no dead-letter topic', { name, topic, deadLetterPolicy: {} }, /dead_letter_topic=\)/),
  create(
    'a dead-letter topic that is not there',
    { name, topic, deadLetterPolicy: { deadLetterTopic: topicName('none') } },
    /\(resource=none\)/,
    5,
  ),
  create(
    'few attempts',
    { name, topic, deadLetterPolicy: { deadLetterTopic: topic, maxDeliveryAttempts: 4 } },
    /max_delivery_attempts must be from 5 to 100, got 4/,
  ),
  create(
    'many attempts',
    { name, topic, deadLetterPolicy: { deadLetterTopic: topic, maxDeliveryAttempts: 101 } },
    /max_delivery_attempts/,
  ),
  create(
    'a long back-off',
    { name, topic, retryPolicy: { maximumBackoff: { seconds: 601 } } },
    /maximum_backoff must be from 0s to 600s/,
  ),
  create(
    'a minimum above the maximum',
    { name, topic, retryPolicy: { minimumBackoff: { seconds: 20 }, maximumBackoff: { seconds: 10 } } },
    /must not be longer than maximum_backoff/,
  ),
  create(
    'an endpoint',
    { name, topic, pushConfig: { pushEndpoint: 'ftp://example.com' } },
    /Invalid push endpoint given/,
  ),
  create(
    'an attribute of pushing',
    { name, topic, pushConfig: { pushEndpoint: 'https://example.com', attributes: { x: 'y' } } },
    /Unknown push_config attribute/,
  ),
  create(
    'two targets',
    { name, topic, pushConfig: { pushEndpoint: 'https://example.com' }, bigqueryConfig: { table: 'a.b.c' } },
    /At most one of/,
  ),
  create(
    'exactly once and pushed',
    { name, topic, enableExactlyOnceDelivery: true, pushConfig: { pushEndpoint: 'https://example.com' } },
    /enable_exactly_once_delivery/,
  ),
  create('a table without a name', { name, topic, bigqueryConfig: {} }, /bigquery_config.table/),
  update('no subscription', { updateMask: { paths: ['labels'] } }, /argument=subscription/),
  update('a topic', { subscription: { name: subscription, topic }, updateMask: { paths: ['topic'] } }, /not mutable/),
  pull('no number', { subscription }, /argument=max_messages/),
  pull('a negative number', { subscription, maxMessages: -1 }, /argument=max_messages/),
  pull(
    'a subscription that is not there',
    { subscription: subscriptionName('none'), maxMessages: 1 },
    /\(resource=none\)/,
    5,
  ),
  acknowledge('no ids', { subscription }, /^No ack ids specified\.$/),
  acknowledge('an empty id', { subscription, ackIds: [''] }, /invalid ack ID/),
  acknowledge(
    'a long id',
    { subscription, ackIds: ['x'.repeat(1025)] },
    /invalid ack ID to the service \(ack_id=x{300}…\)/,
  ),
  acknowledge(
    'more than fits',
    { subscription, ackIds: Array.from({ length: 600 }, () => 'x'.repeat(1000)) },
    /^Request payload size exceeds the limit: 524288 bytes\.$/,
  ),
  modify('no ids', { subscription, ackDeadlineSeconds: 10 }, /No ack ids/),
  modify('a negative deadline', { subscription, ackIds: ['x'], ackDeadlineSeconds: -1 }, /Invalid ack deadline given/),
  modify('a long deadline', { subscription, ackIds: ['x'], ackDeadlineSeconds: 601 }, /Invalid ack deadline given/),
  push('an endpoint', { subscription, pushConfig: { pushEndpoint: 'here' } }, /Invalid push endpoint given/),
  snapshot('no subscription', { name: snapshotName('snap') }, NAME),
  snapshot('a name', { name: 'snap', subscription }, NAME),
  snapshot('a label', { name: snapshotName('snap'), subscription, labels: { A: '' } }, /Label keys/),
  updateSnapshot('no snapshot', { updateMask: { paths: ['labels'] } }, /argument=snapshot/),
  seek('nowhere', { subscription }, /argument=target/),
  seek('a time that is none', { subscription, time: { seconds: 253_402_300_800 } }, /time must be a valid timestamp/),
  seek(
    'nanoseconds that are none',
    { subscription, time: { seconds: 1, nanos: -1 } },
    /time must be a valid timestamp/,
  ),
  seek('a snapshot that is not there', { subscription, snapshot: snapshotName('none') }, /\(resource=none\)/, 5),
  createSchema('no id', { parent: 'projects/p', schema: { type: 2, definition: '"string"' } }, NAME),
  createSchema('no schema', { parent: 'projects/p', schemaId: 'abc' }, /argument=schema/),
  createSchema(
    'no type',
    { parent: 'projects/p', schemaId: 'abc', schema: { definition: 'x' } },
    /argument=schema.type/,
  ),
  getSchema('no revision behind the @', { name: `${schemaName('abc')}@` }, NAME),
];

test('a request that breaks a rule is answered with the code and the rule, and nothing inside is shown', async (context) => {
  const { publisher, subscriber, raw, pubsub: client } = await testEmulator(context);
  await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({ name: subscription, topic });
  for (const [what, method, request, code, details] of CASES) {
    const status = await raw.status(method, request);
    assert.equal(status.code, code, `${what}: ${status.details}`);
    assert.match(status.details, details, what);
    assert.doesNotMatch(status.details, /\.ts|node_modules|\n/, what);
    assert.ok(status.details.length < 1500, what);
  }
  assert.deepEqual(
    (await client.getTopics())[0].map((each) => each.name),
    [topic],
  );
  assert.deepEqual(
    (await client.getSubscriptions())[0].map((each) => each.name),
    [subscription],
  );
});

test('bytes that are no message are refused by every method, and it serves on', async (context) => {
  const events: object[] = [];
  const { raw, publisher } = await testEmulator(context, { onEvent: (event) => events.push(event) });
  const unary = RPCS.filter(({ kind }) => kind === 'unary').map(({ path }) => path.slice(1));
  const nested = Buffer.concat(Array.from({ length: 3000 }, () => Buffer.from([0x12, 0xff, 0x7f])));
  for (const method of unary) {
    for (const bytes of [[0xff], [0x0a, 0x05, 0x61], [0x0b, 0x0b, 0x0b], [0x00]].map((each) => Buffer.from(each))) {
      assert.equal((await raw.status(method, bytes)).code, 3, `${method} ${bytes.toString('hex')}`);
    }
    assert.ok([3, 5].includes((await raw.status(method, nested)).code), method);
    assert.ok([0, 3].includes((await raw.status(method, Buffer.alloc(0))).code), method);
  }
  assert.equal((await raw.status(`${PUBLISHER}/NoSuch`, Buffer.alloc(0))).code, 12);
  assert.deepEqual(events, []);
  await publisher.createTopic({ name: topic });
});

test('a message that nobody could take ends its call before it has arrived', async (context) => {
  const { raw } = await testEmulator(context, { maxMessageBytes: 1_000_000 });
  assert.equal((await raw.status(`${PUBLISHER}/Publish`, Buffer.alloc(1_000_001))).code, 8);
  assert.equal(
    (await raw.status(`${PUBLISHER}/GetTopic`, Buffer.alloc(600_000))).details,
    'Request payload size exceeds the limit: 524288 bytes.',
  );
});
