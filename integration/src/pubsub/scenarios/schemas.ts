import { refused } from '../observation.ts';
import type { Plain } from '../plain.ts';
import type { Received } from '../received.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

export const schemaScenarios: readonly Scenario[] = [
  { name: 'schemas: made, found, deleted', run: lifecycle },
  { name: 'schemas: revisions', run: revisions },
  { name: 'schemas: definitions', run: definitions },
  { name: 'schemas: messages', run: messages },
  { name: 'schemas: publishing', run: publishing },
  { name: 'schemas: publishing with revisions', run: publishingWithRevisions },
];

const avro = (...fields: object[]) => ({
  type: 'AVRO',
  definition: JSON.stringify({ type: 'record', name: 'Event', fields: [{ name: 'text', type: 'string' }, ...fields] }),
});
const COUNTED = avro({ name: 'count', type: 'int', default: 0 });
const TEXT = avro();
const protobuf = (more = '') => ({
  type: 'PROTOCOL_BUFFER',
  definition: `syntax = "proto3"; message Event { string text = 1; ${more} }`,
});

/** `{text: "hi"}` and, after it, `count: 3` as Avro and protobuf write them. */
const AVRO_TEXT = Buffer.from([4, 0x68, 0x69]);
const AVRO_COUNT = Buffer.from([6]);
const PROTOBUF_TEXT = Buffer.from([0x0a, 2, 0x68, 0x69]);

const without = (value: Plain | object, ...members: string[]): Plain =>
  Object.fromEntries(Object.entries(value as object).filter(([name]) => !members.includes(name))) as Plain;

async function create(the: World, id: string, schema: object): Promise<string> {
  await the.ok('createSchema', { parent: the.project, schemaId: id, schema });
  return the.schema(id);
}

async function lifecycle(the: World): Promise<void> {
  const name = the.schema('first');
  const made = (await the.rpc('createSchema', { parent: the.project, schemaId: 'first', schema: TEXT })) as Plain;
  const whole = { name: 'projects/p/schemas/first', ...TEXT };
  await the.fact(
    'is answered with its revision',
    [
      without(made, 'revisionId', 'revisionCreateTime'),
      /^[0-9a-f]{8}$/.test((made as { revisionId: string }).revisionId),
      (made as { revisionCreateTime: string }).revisionCreateTime,
    ],
    [whole, true, '<time>'],
  );
  await the.fact(
    'is there once',
    the.rpc('createSchema', { parent: the.project, schemaId: 'first', schema: TEXT }),
    refused('ALREADY_EXISTS', /first/),
  );
  const get = async (view?: string) =>
    without(await the.rpc('getSchema', { name, view }), 'revisionId', 'revisionCreateTime');
  await the.fact('is found whole', get(), whole);
  await the.fact('also in the full view', get('FULL'), whole);
  await the.fact('in the basic view without its definition', get('BASIC'), {
    name: 'projects/p/schemas/first',
    type: 'AVRO',
  });
  await the.fact(
    'by its revision',
    without(
      await the.rpc('getSchema', { name: `${name}@${(made as { revisionId: string }).revisionId}` }),
      'revisionId',
      'revisionCreateTime',
      'name',
    ),
    TEXT,
  );
  await the.fact(
    'by a missing revision',
    the.rpc('getSchema', { name: `${name}@00000000` }),
    refused('NOT_FOUND', /first/),
  );
  await the.fact('a missing one', the.rpc('getSchema', { name: the.schema('absent') }), refused('NOT_FOUND', /absent/));
  for (const id of ['second', 'third']) await create(the, id, protobuf());
  const { pages, items } = await the.paged('listSchemas', { parent: the.project, pageSize: 2 }, 'schemas');
  await the.fact('all of a project, in pages', JSON.stringify(pages) === '[2,1]', true);
  const own = ({ name = '' }: { name?: string }) => name.startsWith(the.project);
  const inOrder = (list: readonly Plain[]) =>
    list
      .filter((item) => own(item as object))
      .map((item) => without(item, 'revisionId', 'revisionCreateTime'))
      .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  await the.fact('as names and types', inOrder(items), [
    { name: 'projects/p/schemas/first', type: 'AVRO' },
    { name: 'projects/p/schemas/second', type: 'PROTOCOL_BUFFER' },
    { name: 'projects/p/schemas/third', type: 'PROTOCOL_BUFFER' },
  ]);
  const full = await the.paged('listSchemas', { parent: the.project, view: 'FULL' }, 'schemas');
  await the.fact(
    'whole where asked for',
    inOrder(full.items).filter((item) => 'definition' in (item as object)).length,
    3,
  );
  const other = await the.paged('listSchemas', { parent: 'projects/nobody-was-here' }, 'schemas');
  await the.fact('of a project without any', other.items.length === 0, true);
  await the.fact('is deleted', the.rpc('deleteSchema', { name }), {});
  await the.fact('once', the.rpc('deleteSchema', { name }), refused('NOT_FOUND', /first/));
  await the.fact('and gone', the.rpc('getSchema', { name }), refused('NOT_FOUND', /first/));
}

async function revisions(the: World): Promise<void> {
  const name = await create(the, 'revised', TEXT);
  const { revisionId: first } = await the.ok<{ revisionId: string }>('getSchema', { name });
  const committed = (await the.rpc('commitSchema', { name, schema: { name, ...COUNTED } })) as {
    revisionId?: string;
    definition?: string;
  };
  await the.fact(
    'a commit makes another',
    [committed.definition ?? null, committed.revisionId !== first],
    [COUNTED.definition, true],
  );
  await the.fact(
    'which is the one that is found',
    (await the.ok<{ definition: string }>('getSchema', { name })).definition,
    COUNTED.definition,
  );
  const old = (await the.rpc('getSchema', { name: `${name}@${first}` })) as { definition?: string };
  await the.fact('the old one is still there', old.definition ?? null, TEXT.definition);
  const list = async () =>
    (await the.paged('listSchemaRevisions', { name, view: 'FULL' }, 'schemas')).items as {
      revisionId: string;
      definition: string;
    }[];
  await the.fact(
    'revisions are listed, the newest first',
    (await list()).map(({ definition }) => definition),
    [COUNTED.definition, TEXT.definition],
  );
  await the.fact('in pages', (await the.paged('listSchemaRevisions', { name, pageSize: 1 }, 'schemas')).pages, [1, 1]);
  await the.fact(
    'without definitions unless asked for',
    (await the.paged('listSchemaRevisions', { name }, 'schemas')).items.filter(
      (item) => 'definition' in (item as object),
    ).length,
    0,
  );
  await the.fact(
    'of a missing schema',
    the.rpc('listSchemaRevisions', { name: the.schema('absent') }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'a commit to a missing schema',
    the.rpc('commitSchema', { name: the.schema('absent'), schema: { name: the.schema('absent'), ...TEXT } }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'a commit of another type',
    the.rpc('commitSchema', { name, schema: { name, ...protobuf() } }),
    refused('INVALID_ARGUMENT'),
  );
  await the.fact(
    'a commit that is no definition',
    the.rpc('commitSchema', { name, schema: { name, type: 'AVRO', definition: '{' } }),
    refused('INVALID_ARGUMENT'),
  );
  const back = (await the.rpc('rollbackSchema', { name, revisionId: first })) as {
    definition?: string;
    revisionId?: string;
  };
  await the.fact(
    'a rollback is a new revision that is the old one',
    [back.definition ?? null, back.revisionId !== first],
    [TEXT.definition, true],
  );
  await the.fact(
    'a rollback to a missing revision',
    the.rpc('rollbackSchema', { name, revisionId: '00000000' }),
    refused('NOT_FOUND'),
  );
  const before = (await list()).length;
  const deleted = (await the.rpc('deleteSchemaRevision', { name: `${name}@${first}` })) as {
    name?: string;
    revisionId?: string;
  };
  await the.fact(
    'a revision is deleted',
    [before - (await list()).length, 'error' in deleted ? deleted : 'answered'],
    [1, 'answered'],
  );
  await the.fact('and gone', the.rpc('getSchema', { name: `${name}@${first}` }), refused('NOT_FOUND'));
  await the.fact('once', the.rpc('deleteSchemaRevision', { name: `${name}@${first}` }), refused('NOT_FOUND'));
  await the.fact('without saying which', the.rpc('deleteSchemaRevision', { name }), refused('INVALID_ARGUMENT'));
  const only = await create(the, 'only', TEXT);
  const { revisionId } = await the.ok<{ revisionId: string }>('getSchema', { name: only });
  await the.fact(
    'the last one cannot be deleted',
    the.rpc('deleteSchemaRevision', { name: `${only}@${revisionId}` }),
    refused('INVALID_ARGUMENT'),
  );
}

/** Definitions, and whether they are any. */
const DEFINITIONS: readonly (readonly [what: string, schema: object, isValid: boolean])[] = [
  ['an Avro record', TEXT, true],
  [
    'an Avro record with everything',
    {
      type: 'AVRO',
      definition: JSON.stringify({
        type: 'record',
        name: 'Whole',
        namespace: 'a.b',
        doc: 'all of it',
        fields: [
          { name: 'nothing', type: ['null', 'string'], default: null },
          { name: 'list', type: { type: 'array', items: 'long' } },
          { name: 'map', type: { type: 'map', values: 'double' } },
          { name: 'suit', type: { type: 'enum', name: 'Suit', symbols: ['HEARTS', 'CLUBS'] } },
          { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
          { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
          { name: 'inner', type: { type: 'record', name: 'Inner', fields: [{ name: 'suit', type: 'Suit' }] } },
        ],
      }),
    },
    true,
  ],
  ['an Avro definition that is no JSON', { type: 'AVRO', definition: '{' }, false],
  [
    'an Avro type that nobody knows',
    { type: 'AVRO', definition: '{"type":"record","name":"A","fields":[{"name":"a","type":"colour"}]}' },
    false,
  ],
  ['an Avro record without a name', { type: 'AVRO', definition: '{"type":"record","fields":[]}' }, false],
  [
    'an Avro record with a field twice',
    {
      type: 'AVRO',
      definition: '{"type":"record","name":"A","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
    },
    false,
  ],
  ['a proto3 message', protobuf('int32 count = 2; repeated string tags = 3; map<string, int64> sizes = 4;'), true],
  [
    'a proto2 message',
    { type: 'PROTOCOL_BUFFER', definition: 'syntax = "proto2"; message Event { required string text = 1; }' },
    true,
  ],
  [
    'a message with one inside',
    protobuf('message Inner { bool on = 1; } Inner inner = 2; enum Suit { HEARTS = 0; } Suit suit = 3;'),
    true,
  ],
  ['no protobuf at all', { type: 'PROTOCOL_BUFFER', definition: 'message' }, false],
  ['a field number twice', protobuf('int32 count = 1;'), false],
  ['a message type that nobody knows', protobuf('Colour colour = 2;'), false],
  [
    'two messages side by side',
    {
      type: 'PROTOCOL_BUFFER',
      definition: 'syntax = "proto3"; message A { string a = 1; } message B { string b = 1; }',
    },
    false,
  ],
  ['no message', { type: 'PROTOCOL_BUFFER', definition: 'syntax = "proto3";' }, false],
  [
    'an import',
    { type: 'PROTOCOL_BUFFER', definition: 'syntax = "proto3"; import "other.proto"; message A { string a = 1; }' },
    false,
  ],
  ['an empty definition', { type: 'AVRO', definition: '' }, false],
  ['no type', { type: 'TYPE_UNSPECIFIED', definition: TEXT.definition }, false],
];

async function definitions(the: World): Promise<void> {
  for (const [what, schema, isValid] of DEFINITIONS) {
    const documented = isValid ? {} : refused('INVALID_ARGUMENT');
    await the.fact(
      what,
      the.rpc('validateSchema', { parent: the.project, schema: { name: the.schema('checked'), ...schema } }),
      documented,
    );
  }
  const invalid = DEFINITIONS.filter(([, , isValid]) => !isValid);
  const made = await Promise.all(
    invalid.map(async ([, schema], at) => {
      const answer = await the.rpc('createSchema', { parent: the.project, schemaId: `invalid-${at}`, schema });
      return (answer as { error?: string }).error ?? 'made';
    }),
  );
  await the.fact(
    'what is no definition is not made',
    made,
    invalid.map(() => 'INVALID_ARGUMENT'),
  );
}

async function messages(the: World): Promise<void> {
  const named = await create(the, 'named', COUNTED);
  const validate = (schema: object | string, message: string | Buffer, encoding: string) =>
    the.rpc('validateMessage', {
      parent: the.project,
      message: Buffer.from(message),
      encoding,
      ...(typeof schema === 'string' ? { name: schema } : { schema: { name: the.schema('adhoc'), ...schema } }),
    });
  const invalid = refused('INVALID_ARGUMENT');
  await the.fact('Avro in JSON', validate(TEXT, '{"text":"hi"}', 'JSON'), {});
  await the.fact('Avro in binary', validate(TEXT, AVRO_TEXT, 'BINARY'), {});
  await the.fact('of a schema by its name', validate(named, '{"text":"hi","count":3}', 'JSON'), {});
  await the.fact('in binary', validate(named, Buffer.concat([AVRO_TEXT, AVRO_COUNT]), 'BINARY'), {});
  await the.fact('Avro in JSON, another type', validate(TEXT, '{"text":1}', 'JSON'), invalid);
  await the.fact('Avro in JSON, nothing', validate(TEXT, '{}', 'JSON'), invalid);
  await the.fact('Avro in JSON, no JSON', validate(TEXT, 'hi', 'JSON'), invalid);
  await the.fact('Avro in binary, cut short', validate(TEXT, AVRO_TEXT.subarray(0, 2), 'BINARY'), invalid);
  await the.fact(
    'Avro in binary, with more behind',
    validate(TEXT, Buffer.concat([AVRO_TEXT, AVRO_COUNT]), 'BINARY'),
    invalid,
  );
  await the.fact('protobuf in JSON', validate(protobuf(), '{"text":"hi"}', 'JSON'), {});
  await the.fact('protobuf in binary', validate(protobuf(), PROTOBUF_TEXT, 'BINARY'), {});
  await the.fact('protobuf in JSON, another type', validate(protobuf(), '{"text":{}}', 'JSON'), invalid);
  await the.fact('protobuf in JSON, an unknown field', validate(protobuf(), '{"colour":"red"}', 'JSON'), invalid);
  await the.fact(
    'protobuf in binary, cut short',
    validate(protobuf(), PROTOBUF_TEXT.subarray(0, 3), 'BINARY'),
    invalid,
  );
  await the.fact('without an encoding', validate(TEXT, '{"text":"hi"}', 'ENCODING_UNSPECIFIED'), invalid);
  await the.fact('of a missing schema', validate(the.schema('absent'), '{}', 'JSON'), refused('NOT_FOUND', /absent/));
}

async function publishing(the: World): Promise<void> {
  for (const [id, schema, encoding, good, bad] of [
    ['avro-json', TEXT, 'JSON', Buffer.from('{"text":"hi"}'), Buffer.from('{"text":1}')],
    ['avro-binary', TEXT, 'BINARY', AVRO_TEXT, Buffer.from([9])],
    ['protobuf-json', protobuf(), 'JSON', Buffer.from('{"text":"hi"}'), Buffer.from('{"text":[]}')],
    ['protobuf-binary', protobuf(), 'BINARY', PROTOBUF_TEXT, Buffer.from([0x0a, 9])],
  ] as const) {
    const name = await create(the, id, schema);
    const { revisionId } = await the.ok<{ revisionId: string }>('getSchema', { name });
    const topic = await the.newTopic(`${id}-topic`, { schemaSettings: { schema: name, encoding } });
    const subscription = await the.newSubscription(`${id}-sub`, topic);
    const publish = async (...datas: readonly Buffer[]) => {
      const answer = await the.rpc('publish', { topic, messages: datas.map((data) => ({ data })) });
      return 'error' in (answer as object) ? answer : 'published';
    };
    await the.fact(`${id}: what is valid`, publish(good), 'published');
    await the.fact(`${id}: what is not`, publish(bad), refused('INVALID_ARGUMENT'));
    await the.fact(`${id}: both in one call`, publish(good, bad), refused('INVALID_ARGUMENT'));
    const [message, more] = await the.collect(subscription, 2, { withinMs: 300 });
    await the.fact(`${id}: what was refused does not come`, more === undefined, true);
    const { googclient_schemarevisionid: revision, ...attributes } =
      message?.attributes ?? ({} as Received['attributes']);
    await the.fact(
      `${id}: a message tells its schema`,
      [attributes, revision === revisionId],
      [{ googclient_schemaencoding: encoding, googclient_schemaname: `projects/p/schemas/${id}` }, true],
    );
  }
  const name = the.schema('avro-json');
  await the.fact(
    'a topic says which',
    (await the.ok<{ schemaSettings: { schema: string } }>('getTopic', { topic: the.topic('avro-json-topic') }))
      .schemaSettings.schema,
    'projects/p/schemas/avro-json',
  );
  await the.ok('deleteSchema', { name });
  await the.fact(
    'once it is deleted, that',
    (await the.ok<{ schemaSettings: { schema: string } }>('getTopic', { topic: the.topic('avro-json-topic') }))
      .schemaSettings.schema,
    '_deleted-schema_',
  );
  await the.fact(
    'nothing is published by a schema that is deleted',
    the
      .rpc('publish', { topic: the.topic('avro-json-topic'), messages: [{ data: Buffer.from('{"text":"hi"}') }] })
      .then((answer) => ((answer as { error?: string }).error === undefined ? 'published' : 'refused')),
    'refused',
  );
  await the.fact(
    'a topic of a missing schema',
    the.rpc('createTopic', {
      name: the.topic('schemaless'),
      schemaSettings: { schema: the.schema('absent'), encoding: 'JSON' },
    }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'a topic without an encoding',
    the.rpc('createTopic', { name: the.topic('unencoded'), schemaSettings: { schema: the.schema('avro-binary') } }),
    refused('INVALID_ARGUMENT'),
  );
}

async function publishingWithRevisions(the: World): Promise<void> {
  const name = await create(the, 'moving', TEXT);
  const { revisionId: first } = await the.ok<{ revisionId: string }>('getSchema', { name });
  await the.ok('commitSchema', { name, schema: { name, ...COUNTED } });
  const { revisionId: second } = await the.ok<{ revisionId: string }>('getSchema', { name });
  const old = Buffer.from('{"text":"hi"}');
  const fresh = Buffer.from('{"text":"hi","count":3}');
  const outcome = async (id: string, range: object): Promise<unknown> => {
    const topic = await the.newTopic(id, { schemaSettings: { schema: name, encoding: 'JSON', ...range } });
    const subscription = await the.newSubscription(id, topic);
    const outcomes: string[] = [];
    for (const data of [old, fresh]) {
      const answer = await the.rpc('publish', { topic, messages: [{ data }] });
      if ('error' in (answer as object)) outcomes.push('refused');
      else {
        const [message] = await the.collect(subscription, 1, { acknowledge: true });
        const revision = message?.attributes.googclient_schemarevisionid;
        outcomes.push(revision === first ? 'by the first' : revision === second ? 'by the second' : 'by none');
      }
    }
    return outcomes;
  };
  await the.fact('any revision will do', outcome('any', {}), ['by the first', 'by the second']);
  await the.fact('the first alone', outcome('only-first', { lastRevisionId: first }), ['by the first', 'refused']);
  await the.fact('from the second on', outcome('from-second', { firstRevisionId: second }), [
    'refused',
    'by the second',
  ]);
  const topic = await the.newTopic('moved', {
    schemaSettings: { schema: name, encoding: 'JSON', lastRevisionId: first },
  });
  const settings = { schema: name, encoding: 'JSON', firstRevisionId: second, lastRevisionId: second };
  await the.ok('updateTopic', {
    topic: { name: topic, schemaSettings: settings },
    updateMask: { paths: ['schema_settings.first_revision_id', 'schema_settings.last_revision_id'] },
  });
  await the.fact(
    'a topic moves on',
    the.rpc('publish', { topic, messages: [{ data: fresh }] }).then((answer) => 'messageIds' in (answer as object)),
    true,
  );
  await the.fact(
    'and leaves the old',
    the.rpc('publish', { topic, messages: [{ data: old }] }),
    refused('INVALID_ARGUMENT'),
  );
}
