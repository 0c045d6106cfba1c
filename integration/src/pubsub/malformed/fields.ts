import { refused } from '../observation.ts';
import type { Rpc } from '../rpcs.ts';
import type { Base, Malformed } from './case.ts';

const invalid = (says?: RegExp) => refused('INVALID_ARGUMENT', says);

let made = 0;

// Each with a name of its own: a server that takes one must not refuse the next for having it.
const topicField = (what: string, settings: object, says?: RegExp): Malformed => {
  const id = `malformed-${made++}`;
  return {
    rpc: 'createTopic',
    what,
    request: ({ of }) => ({ name: of('topics', id), ...settings }),
    documented: invalid(says),
  };
};

const subscriptionField = (what: string, settings: object | ((base: Base) => object), says?: RegExp): Malformed => {
  const id = `malformed-${made++}`;
  return {
    rpc: 'createSubscription',
    what,
    request: (base) => ({
      name: base.of('subscriptions', id),
      topic: base.topic,
      ackDeadlineSeconds: 10,
      ...(typeof settings === 'function' ? settings(base) : settings),
    }),
    documented: invalid(says),
  };
};

const seconds = (count: number) => ({ seconds: count, nanos: 0 });
const LONG = 'a'.repeat(64);
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, 'v']));

/** @see https://cloud.google.com/pubsub/docs/labels */
const LABELS: readonly (readonly [what: string, labels: Readonly<Record<string, string>>])[] = [
  ['a label’s name in capitals', { Team: 'a' }],
  ['a label’s name of 64 letters', { [LONG]: 'a' }],
  ['a label’s value of 64 letters', { team: LONG }],
  ['a label’s value in capitals', { team: 'A' }],
  ['a label without a name', { '': 'a' }],
  ['a label’s name that begins with a digit', { '1a': 'a' }],
  ['65 labels', labels(65)],
];

const lists: readonly (readonly [Rpc, (base: Base) => object])[] = [
  ['listTopics', ({ project }) => ({ project })],
  ['listSubscriptions', ({ project }) => ({ project })],
  ['listTopicSubscriptions', ({ topic }) => ({ topic })],
  ['listSnapshots', ({ project }) => ({ project })],
  ['listTopicSnapshots', ({ topic }) => ({ topic })],
  ['listSchemas', ({ project }) => ({ parent: project })],
  ['listSchemaRevisions', ({ schema }) => ({ name: schema })],
];

const updateOfTopic = (what: string, settings: object, paths: readonly string[], says?: RegExp): Malformed => ({
  rpc: 'updateTopic',
  what,
  request: ({ topic }) => ({ topic: { name: topic, ...settings }, updateMask: { paths } }),
  documented: invalid(says),
});

const updateOfSubscription = (what: string, settings: object, paths: readonly string[], says?: RegExp): Malformed => ({
  rpc: 'updateSubscription',
  what,
  request: ({ subscription }) => ({ subscription: { name: subscription, ...settings }, updateMask: { paths } }),
  documented: invalid(says),
});

export const fieldCases: readonly Malformed[] = [
  ...LABELS.map(([what, some]) => topicField(what, { labels: some }, /label/i)),
  ...LABELS.map(([what, some]) => subscriptionField(what, { labels: some }, /label/i)),
  topicField('a retention of 599 s', { messageRetentionDuration: seconds(599) }, /retention/i),
  topicField('a retention of 31 days and 1 s', { messageRetentionDuration: seconds(2_678_401) }, /retention/i),
  topicField('a negative retention', { messageRetentionDuration: seconds(-600) }, /retention/i),
  topicField('no region at all', { messageStoragePolicy: { allowedPersistenceRegions: [] } }, /region|policy/i),
  topicField('a key that is none', { kmsKeyName: 'mine' }, /kms|key/i),
  subscriptionField('a deadline of 9 s', { ackDeadlineSeconds: 9 }, /deadline/i),
  subscriptionField('a deadline of 601 s', { ackDeadlineSeconds: 601 }, /deadline/i),
  subscriptionField('a deadline of -1 s', { ackDeadlineSeconds: -1 }, /deadline/i),
  subscriptionField('no topic', { topic: '' }, /topic/i),
  subscriptionField('a topic that is no name', { topic: 'abc' }, /topic|name/i),
  subscriptionField('a deleted topic', { topic: '_deleted-topic_' }, /topic|name/i),
  subscriptionField('a retention of 599 s', { messageRetentionDuration: seconds(599) }, /retention/i),
  subscriptionField('a retention of 31 days and 1 s', { messageRetentionDuration: seconds(2_678_401) }, /retention/i),
  subscriptionField('an expiration after 23 hours', { expirationPolicy: { ttl: seconds(82_800) } }, /ttl|expiration/i),
  subscriptionField('a back-off of 601 s', { retryPolicy: { maximumBackoff: seconds(601) } }, /back_?off/i),
  subscriptionField('a back-off of -1 s', { retryPolicy: { minimumBackoff: seconds(-1) } }, /back_?off/i),
  subscriptionField(
    'a least back-off above the most',
    { retryPolicy: { minimumBackoff: seconds(20), maximumBackoff: seconds(10) } },
    /back_?off/i,
  ),
  subscriptionField(
    'a dead-letter policy without a topic',
    { deadLetterPolicy: { maxDeliveryAttempts: 5 } },
    /dead_letter/i,
  ),
  subscriptionField('a push endpoint without a host', { pushConfig: { pushEndpoint: 'https://' } }, /endpoint/i),
  subscriptionField('push and BigQuery at once', {
    pushConfig: { pushEndpoint: 'https://example.com/' },
    bigqueryConfig: { table: 'p.d.t' },
  }),
  subscriptionField(
    'push exactly once',
    { pushConfig: { pushEndpoint: 'https://example.com/' }, enableExactlyOnceDelivery: true },
    /exactly.once/i,
  ),
  ...lists.map(
    ([rpc, request]): Malformed => ({
      rpc,
      what: 'a page of -1',
      request: (base) => ({ ...request(base), pageSize: -1 }),
      documented: invalid(/page_?size/i),
    }),
  ),
  ...lists.map(
    ([rpc, request]): Malformed => ({
      rpc,
      what: 'a token that nobody gave',
      request: (base) => ({ ...request(base), pageToken: 'not a token' }),
      documented: invalid(/page_?token/i),
    }),
  ),
  updateOfTopic('an empty mask', {}, [], /mask/i),
  updateOfTopic('a path into a label', {}, ['labels.a'], /mask/i),
  updateOfTopic('the state', { state: 'ACTIVE' }, ['state'], /state/i),
  updateOfTopic('a path in camel case', {}, ['messageRetentionDuration'], /messageRetentionDuration/),
  updateOfTopic('an empty path', {}, [''], /mask/i),
  updateOfTopic('a label in capitals', { labels: { A: '1' } }, ['labels'], /label/i),
  updateOfTopic(
    'a retention of 32 days',
    { messageRetentionDuration: seconds(2_764_800) },
    ['message_retention_duration'],
    /retention/i,
  ),
  updateOfSubscription('an empty mask', {}, [], /mask/i),
  updateOfSubscription('a deadline of 9 s', { ackDeadlineSeconds: 9 }, ['ack_deadline_seconds'], /deadline/i),
  updateOfSubscription('a deadline of 601 s', { ackDeadlineSeconds: 601 }, ['ack_deadline_seconds'], /deadline/i),
  updateOfSubscription(
    'a retention of 599 s',
    { messageRetentionDuration: seconds(599) },
    ['message_retention_duration'],
    /retention/i,
  ),
  updateOfSubscription(
    'an expiration after 1 s',
    { expirationPolicy: { ttl: seconds(1) } },
    ['expiration_policy'],
    /ttl|expiration/i,
  ),
  updateOfSubscription(
    'a back-off of 601 s',
    { retryPolicy: { maximumBackoff: seconds(601) } },
    ['retry_policy'],
    /back_?off/i,
  ),
  updateOfSubscription('a label in capitals', { labels: { A: '1' } }, ['labels'], /label/i),
  updateOfSubscription('what the topic retains', { topicMessageRetentionDuration: seconds(600) }, [
    'topic_message_retention_duration',
  ]),
  { rpc: 'publish', what: 'no messages', request: ({ topic }) => ({ topic, messages: [] }), documented: invalid() },
  {
    rpc: 'publish',
    what: 'a deleted topic',
    request: () => ({ topic: '_deleted-topic_', messages: [{ data: Buffer.from('x') }] }),
    documented: invalid(),
  },
  {
    rpc: 'pull',
    what: 'no messages',
    request: ({ subscription }) => ({ subscription, returnImmediately: true }),
    documented: invalid(/max_messages/),
  },
  {
    rpc: 'pull',
    what: '-1 messages',
    request: ({ subscription }) => ({ subscription, maxMessages: -1, returnImmediately: true }),
    documented: invalid(/max_messages/),
  },
  {
    rpc: 'acknowledge',
    what: 'no ids',
    request: ({ subscription }) => ({ subscription, ackIds: [] }),
    documented: invalid(/ack/i),
  },
  {
    rpc: 'modifyAckDeadline',
    what: 'no ids',
    request: ({ subscription }) => ({ subscription, ackIds: [], ackDeadlineSeconds: 10 }),
    documented: invalid(/ack/i),
  },
  { rpc: 'seek', what: 'no target', request: ({ subscription }) => ({ subscription }), documented: invalid() },
  {
    rpc: 'seek',
    what: 'a snapshot that is no name',
    request: ({ subscription }) => ({ subscription, snapshot: 'abc' }),
    documented: invalid(),
  },
  {
    rpc: 'createSnapshot',
    what: 'no subscription',
    request: ({ of }) => ({ name: of('snapshots', 'abc') }),
    documented: invalid(),
  },
  {
    rpc: 'createSnapshot',
    what: 'a subscription that is no name',
    request: ({ of }) => ({ name: of('snapshots', 'abc'), subscription: 'abc' }),
    documented: invalid(),
  },
  {
    rpc: 'createSnapshot',
    what: 'a label in capitals',
    request: ({ of, subscription }) => ({ name: of('snapshots', 'abc'), subscription, labels: { A: '1' } }),
    documented: invalid(/label/i),
  },
  {
    rpc: 'validateMessage',
    what: 'no schema',
    request: ({ project }) => ({ parent: project, message: Buffer.from('{}'), encoding: 'JSON' }),
    documented: invalid(),
  },
  {
    rpc: 'validateMessage',
    what: 'a schema that is no name',
    request: ({ project }) => ({ parent: project, name: 'abc', message: Buffer.from('{}'), encoding: 'JSON' }),
    documented: invalid(),
  },
  { rpc: 'rollbackSchema', what: 'no revision', request: ({ schema }) => ({ name: schema }), documented: invalid() },
  { rpc: 'setIamPolicy', what: 'no policy', request: ({ topic }) => ({ resource: topic }), documented: invalid() },
  {
    rpc: 'createTopic',
    what: 'a schema that is no name',
    request: ({ of }) => ({ name: of('topics', 'schematic'), schemaSettings: { schema: 'abc', encoding: 'JSON' } }),
    documented: invalid(),
  },
  {
    rpc: 'createTopic',
    what: 'a schema without an encoding',
    request: ({ of, schema }) => ({ name: of('topics', 'unencoded'), schemaSettings: { schema } }),
    documented: invalid(),
  },
];
