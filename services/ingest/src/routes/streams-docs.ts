import {
  CONFLICT,
  INVALID_BODY,
  INVALID_IDEMPOTENCY_KEY,
  MALFORMED_JSON,
  NOT_FOUND,
  type ProblemKind,
  type RouteDoc,
  UNAVAILABLE,
} from '@sluice/http';
import { INVALID_NAME, INVALID_SCHEMA } from '../stream-problems.ts';
import { CLIENT_PARAM, EVENT_PARAM } from './stream-params.ts';

export const INCOMPATIBLE_SCHEMA: ProblemKind = {
  status: 409,
  name: 'incompatible-schema',
  title: 'Incompatible schema',
};

const FIG = { fruit: 'fig' };
const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';
const UUID = { type: 'string', format: 'uuid' };
const TEXT = { type: 'string', minLength: 1 };

const CLOUD_EVENT = {
  type: 'object',
  required: ['specversion', 'id', 'source', 'type', 'data'],
  properties: {
    specversion: { const: '1.0' },
    id: TEXT,
    source: { ...TEXT, description: 'A URI reference; any text is taken.' },
    type: TEXT,
    time: { type: 'string', format: 'date-time' },
    datacontenttype: { const: 'application/json' },
    data: { description: 'What the schema of the stream takes.' },
  },
};
const CLOUD_EVENT_EXAMPLE = { specversion: '1.0', id: 'A-1', source: '/shop', type: 'com.example.fruit', data: FIG };

export const POST_DOC: RouteDoc = {
  operationId: 'postEvents',
  summary: 'Send events of a registered stream',
  description: [
    'One event as JSON, or as a CloudEvent in structured mode (`application/cloudevents+json`) or binary mode (`ce-…` headers',
    'beside JSON). The source and the id of a CloudEvent make a sender’s retries one command. Its `time` is checked and goes no',
    'further: `created_at` is when the event was accepted, and what an event has to say of its own time belongs into its data.',
    '',
    'Or up to 10,000 events in 8 MiB: a line each (`application/x-ndjson`), or as a batch of CloudEvents',
    '(`application/cloudevents-batch+json`). The answer has a line for each, in their order, with its id or its problem; a',
    'line of status 202 means that the broker has that event durably. An empty line is refused as any other that is no JSON;',
    'the line feed at the end begins no line. With an `Idempotency-Key` each line is marked by the key and the line’s number.',
    'Where the broker has none of the events, the answer as a whole is 503.',
  ].join('\n'),
  tags: ['streams'],
  isIdempotent: true,
  params: { client: CLIENT_PARAM, event: EVENT_PARAM },
  body: {
    content: {
      'application/json': {
        schema: { description: 'What the schema of the stream takes.' },
        examples: { fruit: FIG },
      },
      'application/cloudevents+json': { schema: CLOUD_EVENT, examples: { fruit: CLOUD_EVENT_EXAMPLE } },
      'application/cloudevents-batch+json': {
        schema: { type: 'array', items: CLOUD_EVENT, maxItems: 10_000 },
        examples: { fruits: [CLOUD_EVENT_EXAMPLE] },
      },
      'application/x-ndjson': {
        schema: { type: 'string' },
        examples: { fruits: '{"fruit":"fig"}\n{"fruit":"plum"}\n' },
      },
    },
  },
  answers: {
    200: {
      description: 'What became of each event of a batch.',
      content: {
        'application/x-ndjson': {
          schema: { type: 'string' },
          examples: { two: `{"status":202,"id":"${ID}"}\n{"type":"urn:sluice:problem:invalid-body","status":400}\n` },
        },
      },
    },
    202: {
      description: 'The broker has the event durably.',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['id'],
            properties: { id: { ...UUID, description: 'The command id, to look the event up.' } },
          },
          examples: { accepted: { id: ID } },
        },
      },
      headers: {
        Location: {
          description: 'Where to look up what became of it.',
          schema: { type: 'string', format: 'uri-reference' },
        },
      },
    },
  },
  problems: [MALFORMED_JSON, INVALID_BODY, INVALID_IDEMPOTENCY_KEY, NOT_FOUND],
};

const SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['fruit'],
  properties: { fruit: { type: 'string' } },
};
const COMPATIBILITY = { enum: ['backward', 'none'] };
const VERSION = {
  type: 'object',
  required: ['client', 'event', 'topic', 'version', 'compatibility'],
  properties: {
    client: { type: 'string' },
    event: { type: 'string' },
    topic: { type: 'string' },
    version: { type: 'integer', minimum: 1 },
    compatibility: COMPATIBILITY,
  },
};

const versionAnswer = (description: string, version: number) => ({
  description,
  content: {
    'application/json': {
      schema: VERSION,
      examples: {
        fruits: { client: 'SpongeBob', event: 'Fruits', topic: 'SpongeBob.Fruits', version, compatibility: 'backward' },
      },
    },
  },
});

export const PUT_DOC: RouteDoc = {
  operationId: 'putStream',
  summary: 'Register a stream, or a further version of its schema',
  description: [
    'A `backward` version takes all that the one before takes; what cannot be proven to is refused, with the pointer to what',
    'breaks it, and so is what breaks it. A property that the version before does not name counts as never sent. `none`',
    'is not compared. The schema that is registered already changes nothing.',
  ].join('\n'),
  tags: ['streams'],
  params: { client: CLIENT_PARAM, event: EVENT_PARAM },
  body: {
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['schema'],
          properties: {
            schema: {
              description: 'A JSON Schema, draft-07 unless `$schema` says otherwise.',
              type: ['object', 'boolean'],
            },
            compatibility: { ...COMPATIBILITY, default: 'backward' },
          },
          additionalProperties: false,
        },
        examples: { fruits: { schema: SCHEMA }, unchecked: { schema: SCHEMA, compatibility: 'none' } },
      },
    },
  },
  answers: {
    200: versionAnswer('A further version, or the one that there was already.', 2),
    201: versionAnswer('The first version.', 1),
  },
  problems: [
    MALFORMED_JSON,
    INVALID_BODY,
    INVALID_NAME,
    INVALID_SCHEMA,
    CONFLICT,
    INCOMPATIBLE_SCHEMA,
    {
      kind: UNAVAILABLE,
      schema: {
        type: 'object',
        properties: {
          id: { ...UUID, description: 'Of a registration that is in the log, but was not projected in time.' },
        },
      },
    },
  ],
};
