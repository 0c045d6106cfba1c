import { INVALID_ID, NOT_FOUND, type RouteDoc } from '@sluice/http';
import { ACCEPTED_AT_SCHEMA, INSTANT_SCHEMA } from '../shown-instant.ts';

const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';

export const TIMESTAMP_DOC: RouteDoc = {
  operationId: 'getTimestamp',
  summary: 'Look up a timestamp command',
  tags: ['timestamps'],
  params: {
    id: { description: 'The command id.', schema: { type: 'string', format: 'uuid' }, example: ID },
  },
  answers: {
    200: {
      description: 'The command is stored.',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['id', 'command_id', 'event_timestamp', 'created_at'],
            properties: {
              id: { type: 'string', format: 'uuid' },
              command_id: { type: 'string', format: 'uuid' },
              event_timestamp: INSTANT_SCHEMA,
              created_at: ACCEPTED_AT_SCHEMA,
            },
          },
          examples: {
            stored: {
              id: ID,
              command_id: ID,
              event_timestamp: '2006-01-02T15:04:05Z',
              created_at: '2026-01-02T15:04:05.123456Z',
            },
          },
        },
      },
    },
  },
  problems: [
    {
      kind: INVALID_ID,
      schema: {
        type: 'object',
        description: 'With the members of the old query service.',
        required: ['timestamp', 'error', 'message', 'path'],
        properties: {
          timestamp: { type: 'string' },
          error: { type: 'string' },
          message: { type: 'string' },
          path: { type: 'string' },
        },
      },
    },
    NOT_FOUND,
  ],
};
