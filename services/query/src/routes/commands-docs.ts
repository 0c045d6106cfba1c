import { DEAD_LETTER_REASONS } from '@sluice/core';
import { INVALID_ID, INVALID_PARAMETER, NOT_FOUND, type RouteDoc, TOO_MANY_REQUESTS } from '@sluice/http';
import { ACCEPTED_AT_SCHEMA } from '../shown-instant.ts';
import { PLACE_SCHEMA } from '../shown-place.ts';
import { STATES_SCHEMA } from './dead-letters-docs.ts';

const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';

const ABOUT = {
  id: ID,
  stream: 'SpongeBob.Fruits',
  client: 'SpongeBob',
  created_at: '2026-01-02T15:04:05.123456Z',
  position: { topic: 'SpongeBob.Fruits', partition: 3, offset: 42 },
};

export const COMMAND_DOC: RouteDoc = {
  operationId: 'getCommand',
  summary: 'Look up what became of a command',
  description: [
    'A command is `projected` (stored), `rejected` (understood, and refused by a rule of its stream), or `dead-lettered`',
    '(not understood, and kept). One that is unknown was never sent, or has no outcome yet.',
  ].join(' '),
  tags: ['commands'],
  params: {
    id: { description: 'The command id.', schema: { type: 'string', format: 'uuid' }, example: ID },
  },
  query: {
    wait: {
      description: 'How long to hold the answer until there is an outcome: `5s`, `500ms`, at most `60s`.',
      schema: { type: 'string', pattern: '^[0-9]{1,6}(ms|s)$' },
      example: '5s',
    },
  },
  answers: {
    200: {
      description: 'It has an outcome.',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['id', 'status', 'stream', 'client', 'created_at', 'position'],
            properties: {
              id: { type: 'string', format: 'uuid' },
              status: { enum: ['projected', 'rejected', 'dead-lettered'] },
              stream: { type: 'string' },
              client: { type: 'string' },
              created_at: ACCEPTED_AT_SCHEMA,
              position: PLACE_SCHEMA,
              reason: { enum: DEAD_LETTER_REASONS, description: 'Of a dead letter.' },
              detail: { type: 'string', description: 'Why it was rejected or dead-lettered, for people.' },
              state: STATES_SCHEMA,
            },
          },
          examples: {
            projected: { ...ABOUT, status: 'projected' },
            rejected: {
              ...ABOUT,
              status: 'rejected',
              stream: 'database.activities.v1',
              client: 'default',
              position: { topic: 'database.activities.v1', partition: 0, offset: 7 },
              detail: 'Table "orders" does not exist',
            },
            'dead-lettered': {
              ...ABOUT,
              status: 'dead-lettered',
              reason: 'schema-violation',
              detail: '/fruit must be of type string, got 1',
              state: 'kept',
            },
          },
        },
      },
    },
  },
  problems: [INVALID_ID, INVALID_PARAMETER, NOT_FOUND, TOO_MANY_REQUESTS],
};
