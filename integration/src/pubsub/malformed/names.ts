import { refused } from '../observation.ts';
import type { Rpc } from '../rpcs.ts';
import type { Base, Malformed } from './case.ts';

/**
 * Ids that no resource may have: 3 to 255 of the letters A-Z and a-z, digits and `-_.~+%`, the first a letter, and not
 * `goog` in front.
 * @see https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
 */
const IDS: readonly (readonly [what: string, id: string])[] = [
  ['an id of two letters', 'ab'],
  ['an id of 256 letters', 'a'.repeat(256)],
  ['an id that begins with a digit', '1abc'],
  ['an id that begins with a dash', '-abc'],
  ['an id of Google’s', 'google-mine'],
  ['an id with a space', 'a bc'],
  ['an id with a slash', 'abc/def'],
  ['an id with a letter of another alphabet', 'äbc'],
  ['an id with a star', 'abc*'],
];

/** Where each RPC has the name of what it is about. */
const NAMES: readonly {
  readonly rpc: Rpc;
  readonly collection: string;
  readonly creates?: boolean;
  readonly request: (name: string, base: Base) => object;
}[] = [
  { rpc: 'createTopic', collection: 'topics', creates: true, request: (name) => ({ name }) },
  { rpc: 'getTopic', collection: 'topics', request: (topic) => ({ topic }) },
  {
    rpc: 'updateTopic',
    collection: 'topics',
    request: (name) => ({ topic: { name }, updateMask: { paths: ['labels'] } }),
  },
  { rpc: 'deleteTopic', collection: 'topics', request: (topic) => ({ topic }) },
  { rpc: 'listTopicSubscriptions', collection: 'topics', request: (topic) => ({ topic }) },
  { rpc: 'listTopicSnapshots', collection: 'topics', request: (topic) => ({ topic }) },
  { rpc: 'publish', collection: 'topics', request: (topic) => ({ topic, messages: [{ data: Buffer.from('x') }] }) },
  { rpc: 'detachSubscription', collection: 'subscriptions', request: (subscription) => ({ subscription }) },
  {
    rpc: 'createSubscription',
    collection: 'subscriptions',
    creates: true,
    request: (name, { topic }) => ({ name, topic, ackDeadlineSeconds: 10 }),
  },
  { rpc: 'getSubscription', collection: 'subscriptions', request: (subscription) => ({ subscription }) },
  {
    rpc: 'updateSubscription',
    collection: 'subscriptions',
    request: (name) => ({ subscription: { name }, updateMask: { paths: ['labels'] } }),
  },
  { rpc: 'deleteSubscription', collection: 'subscriptions', request: (subscription) => ({ subscription }) },
  {
    rpc: 'modifyAckDeadline',
    collection: 'subscriptions',
    request: (subscription) => ({ subscription, ackIds: ['a'], ackDeadlineSeconds: 10 }),
  },
  { rpc: 'acknowledge', collection: 'subscriptions', request: (subscription) => ({ subscription, ackIds: ['a'] }) },
  {
    rpc: 'pull',
    collection: 'subscriptions',
    request: (subscription) => ({ subscription, maxMessages: 1, returnImmediately: true }),
  },
  {
    rpc: 'modifyPushConfig',
    collection: 'subscriptions',
    request: (subscription) => ({ subscription, pushConfig: {} }),
  },
  {
    rpc: 'seek',
    collection: 'subscriptions',
    request: (subscription) => ({ subscription, time: { seconds: 4_000_000_000, nanos: 0 } }),
  },
  {
    rpc: 'createSnapshot',
    collection: 'snapshots',
    creates: true,
    request: (name, { subscription }) => ({ name, subscription }),
  },
  { rpc: 'getSnapshot', collection: 'snapshots', request: (snapshot) => ({ snapshot }) },
  {
    rpc: 'updateSnapshot',
    collection: 'snapshots',
    request: (name) => ({ snapshot: { name }, updateMask: { paths: ['labels'] } }),
  },
  { rpc: 'deleteSnapshot', collection: 'snapshots', request: (snapshot) => ({ snapshot }) },
  { rpc: 'getSchema', collection: 'schemas', request: (name) => ({ name }) },
  { rpc: 'listSchemaRevisions', collection: 'schemas', request: (name) => ({ name }) },
  {
    rpc: 'commitSchema',
    collection: 'schemas',
    request: (name) => ({ name, schema: { name, type: 'AVRO', definition: '"string"' } }),
  },
  { rpc: 'rollbackSchema', collection: 'schemas', request: (name) => ({ name, revisionId: '00000000' }) },
  { rpc: 'deleteSchemaRevision', collection: 'schemas', request: (name) => ({ name: `${name}@00000000` }) },
  { rpc: 'deleteSchema', collection: 'schemas', request: (name) => ({ name }) },
  { rpc: 'getIamPolicy', collection: 'topics', request: (resource) => ({ resource }) },
  { rpc: 'setIamPolicy', collection: 'topics', request: (resource) => ({ resource, policy: {} }) },
];

const invalid = refused('INVALID_ARGUMENT', /name|resource|argument/i);

/** The server makes a name up where a subscription or snapshot is made without one. */
const MAY_BE_EMPTY: ReadonlySet<Rpc> = new Set(['createSubscription', 'createSnapshot']);

const ALL: readonly Malformed[] = NAMES.flatMap(({ rpc, collection, creates = false, request }) => {
  const names: (readonly [string, (base: Base) => string])[] = [
    // Of each RPC another: what one server makes in spite of its name must not be what another RPC finds.
    ['an id in place of a name', () => rpc],
    ['no id', ({ of }) => of(collection, '')],
    ['another collection', ({ of }) => of('schemes', 'abc')],
  ];
  if (!MAY_BE_EMPTY.has(rpc)) names.push(['no name', () => '']);
  if (creates) {
    names.push(
      ['no project', () => `projects//${collection}/abc`],
      ['a slash behind', ({ of }) => `${of(collection, 'abc')}/`],
    );
    names.push(...IDS.map(([what, id]) => [what, ({ of }: Base) => of(collection, id)] as const));
  }
  return names.map(([what, name]) => ({
    rpc,
    what,
    request: (base: Base) => request(name(base), base),
    documented: invalid,
  }));
});

const creates = new Set(NAMES.filter((name) => name.creates).map(({ rpc }) => rpc));

/** Apart from each other for the same reason. */
export const newNameCases: readonly Malformed[] = ALL.filter(({ rpc }) => creates.has(rpc));
export const nameCases: readonly Malformed[] = ALL.filter(({ rpc }) => !creates.has(rpc));

/** The project of a list, or of a schema. */
const PROJECTS: readonly { readonly rpc: Rpc; readonly request: (project: string) => object }[] = [
  { rpc: 'listTopics', request: (project) => ({ project }) },
  { rpc: 'listSubscriptions', request: (project) => ({ project }) },
  { rpc: 'listSnapshots', request: (project) => ({ project }) },
  { rpc: 'listSchemas', request: (parent) => ({ parent }) },
  {
    rpc: 'createSchema',
    request: (parent) => ({ parent, schemaId: 'abc', schema: { type: 'AVRO', definition: '"string"' } }),
  },
  {
    rpc: 'validateSchema',
    request: (parent) => ({
      parent,
      schema: { name: 'projects/p/schemas/abc', type: 'AVRO', definition: '{"type":"record","name":"A","fields":[]}' },
    }),
  },
];

export const projectCases: readonly Malformed[] = PROJECTS.flatMap(({ rpc, request }) =>
  (
    [
      ['no project', ''],
      ['an id in place of a project', 'nobody'],
      ['a project without an id', 'projects/'],
    ] as const
  ).map(([what, project]) => ({ rpc, what, request: () => request(project), documented: invalid })),
);

export const schemaIdCases: readonly Malformed[] = [['no id', ''], ...IDS].map(([what = '', id = '']) => ({
  rpc: 'createSchema',
  what: `${what}, of a schema`,
  request: ({ project }) => ({
    parent: project,
    schemaId: id,
    schema: { type: 'PROTOCOL_BUFFER', definition: 'syntax = "proto3"; message A { string a = 1; }' },
  }),
  documented: invalid,
}));
