import { DEAD_LETTER_REASONS } from '@sluice/core';
import { NAME_PATTERN } from '../client-event/name.ts';

/** The control stream, its topic, and the one key of its records. */
export const CONTROL_STREAM = 'sluice.control.v1';

/** How many dead letters one command may name: as many as surely fit into a record. */
export const MAX_MARKS = 250;

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const MARK = {
  type: 'object',
  required: ['command_id', 'topic', 'reason', 'detail'],
  properties: {
    command_id: { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' },
    topic: { type: 'string', pattern: '^[A-Za-z0-9._~+%-]+$', maxLength: 255 },
    partition: { description: 'with offset, on Kafka', type: 'integer', minimum: 0, maximum: 2_147_483_647 },
    offset: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    message_id: { description: 'on Pub/Sub, instead of the two', type: 'string', minLength: 1, maxLength: 255 },
    reason: { enum: DEAD_LETTER_REASONS },
    detail: { type: 'string', maxLength: 2_000 },
  },
  oneOf: [{ required: ['partition', 'offset'] }, { required: ['message_id'] }],
} as const;

const MARKS = { type: 'array', minItems: 1, maxItems: MAX_MARKS, items: MARK } as const;

/** The commands on the wire by their `kind`, as JSON Schema 2020-12. Further keys are ignored. */
export const CONTROL_SCHEMAS = {
  registration: {
    $schema: DIALECT,
    title: 'Registration of a version of a stream',
    type: 'object',
    required: ['kind', 'client', 'event', 'schema', 'compatibility', 'base'],
    properties: {
      kind: { const: 'registration' },
      client: { type: 'string', pattern: NAME_PATTERN },
      event: { type: 'string', pattern: NAME_PATTERN },
      schema: { description: 'a JSON Schema', type: ['object', 'boolean'] },
      compatibility: { enum: ['backward', 'none'] },
      base: {
        description: 'the version that this one follows; 0 for the first',
        type: 'integer',
        minimum: 0,
        maximum: 999_999_998,
      },
    },
  },
  redrive: {
    $schema: DIALECT,
    title: 'Dead letters that are about to be put into the log again',
    type: 'object',
    required: ['kind', 'dead_letters'],
    properties: { kind: { const: 'redrive' }, dead_letters: MARKS },
  },
  discard: {
    $schema: DIALECT,
    title: 'Dead letters that nobody wants',
    type: 'object',
    required: ['kind', 'dead_letters'],
    properties: { kind: { const: 'discard' }, dead_letters: MARKS },
  },
  marker: {
    $schema: DIALECT,
    title: 'A mark in the log that changes nothing: all before it is projected once it is',
    type: 'object',
    required: ['kind'],
    properties: { kind: { const: 'marker' } },
  },
} as const;
