import { DEAD_LETTER_REASONS } from '@sluice/core';
import { INVALID_ID, INVALID_PARAMETER, NOT_FOUND, type RouteDoc } from '@sluice/http';
import { PAGE_PARAMETERS, pageAnswer } from '../paging-docs.ts';
import { ACCEPTED_AT_SCHEMA, INSTANT_SCHEMA } from '../shown-instant.ts';
import { PLACE_SCHEMA } from '../shown-place.ts';

export const STATES_SCHEMA = {
  enum: ['kept', 'redriven', 'discarded'],
  description:
    'Of a dead letter. `redriven`: put into the log again, or about to be, and without an outcome from there.',
} as const;

const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';

const EXAMPLE = {
  id: ID,
  stream: 'SpongeBob.Fruits',
  client: 'SpongeBob',
  state: 'kept',
  reason: 'schema-violation',
  detail: '/fruit must be of type string, got 1',
  created_at: '2026-01-02T15:04:05.123456Z',
  position: { topic: 'SpongeBob.Fruits', partition: 3, offset: 42 },
};

const ABOUT = {
  id: { type: 'string', format: 'uuid', description: 'The command id.' },
  stream: { type: 'string' },
  client: { type: 'string' },
  state: STATES_SCHEMA,
  reason: { enum: DEAD_LETTER_REASONS },
  detail: { type: 'string', description: 'The rule and the value received, for people.' },
  created_at: ACCEPTED_AT_SCHEMA,
  position: PLACE_SCHEMA,
};
const ABOUT_REQUIRED = ['id', 'stream', 'client', 'state', 'reason', 'detail', 'created_at', 'position'];

const SUMMARY = {
  type: 'object',
  required: [...ABOUT_REQUIRED, 'value_bytes'],
  properties: {
    ...ABOUT,
    value_bytes: { type: 'integer', description: 'Of its value, as it is kept.' },
  },
};

export const DEAD_LETTERS_DOC: RouteDoc = {
  operationId: 'listDeadLetters',
  summary: 'List what could not be projected',
  description: 'Newest first. What was discarded is left out.',
  tags: ['dead letters'],
  query: {
    stream: { description: 'Those of this stream.', schema: { type: 'string' }, example: 'SpongeBob.Fruits' },
    reason: {
      description: 'Those with this reason.',
      schema: { enum: DEAD_LETTER_REASONS },
      example: 'schema-violation',
    },
    ...PAGE_PARAMETERS,
  },
  answers: pageAnswer('dead_letters', SUMMARY, { ...EXAMPLE, value_bytes: 11 }),
  problems: [INVALID_PARAMETER],
};

const BYTES = {
  type: ['object', 'null'],
  description: 'As base64, and as text where they are UTF-8; null where there is none.',
  required: ['base64'],
  properties: { base64: { type: 'string', contentEncoding: 'base64' }, text: { type: 'string' } },
};

const shown = (text: string) => ({ base64: Buffer.from(text).toString('base64'), text });

export const DEAD_LETTER_DOC: RouteDoc = {
  operationId: 'getDeadLetter',
  summary: 'Show a dead letter with its record',
  description: 'One that was discarded has no record any more.',
  tags: ['dead letters'],
  params: {
    id: { description: 'The command id.', schema: { type: 'string', format: 'uuid' }, example: ID },
  },
  answers: {
    200: {
      description: 'The dead letter.',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ABOUT_REQUIRED,
            properties: {
              ...ABOUT,
              is_cut: {
                type: 'boolean',
                description: 'It was too large to be kept whole: the record is its beginning, and cannot be re-driven.',
              },
              record: {
                type: 'object',
                required: ['timestamp', 'key', 'value', 'headers'],
                properties: {
                  timestamp: INSTANT_SCHEMA,
                  key: BYTES,
                  value: BYTES,
                  headers: {
                    type: 'array',
                    items: {
                      type: 'object',
                      required: ['name', 'value'],
                      properties: { name: { type: 'string' }, value: BYTES },
                    },
                  },
                },
              },
            },
          },
          examples: {
            kept: {
              ...EXAMPLE,
              is_cut: false,
              record: {
                timestamp: '2026-01-02T15:04:05.123Z',
                key: null,
                value: shown('{"fruit":1}'),
                headers: [{ name: 'ce_id', value: shown(ID) }],
              },
            },
            discarded: { ...EXAMPLE, state: 'discarded' },
          },
        },
      },
    },
  },
  problems: [INVALID_ID, NOT_FOUND],
};
