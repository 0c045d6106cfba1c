import { INVALID_IDEMPOTENCY_KEY, type ProblemKind, type RouteDoc } from '@sluice/http';

export const INVALID_TIMESTAMP: ProblemKind = { status: 400, name: 'invalid-timestamp', title: 'Invalid timestamp' };

/** The members of the old command service, beside those of a problem. */
const OLD_MEMBERS = {
  type: 'object',
  required: ['Error', 'Message'],
  properties: { Error: { type: 'string' }, Message: { type: 'string' } },
};

const ACCEPTED: RouteDoc['answers'] = {
  200: {
    description: 'The broker has the command durably.',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['id'],
          properties: {
            id: { type: 'string', format: 'uuid', description: 'The command id, to look the command up.' },
          },
        },
        examples: { accepted: { id: 'edd34e6c-63de-46e5-9edd-60b1a1e22892' } },
      },
    },
  },
};

export const CURRENT_DOC: RouteDoc = {
  operationId: 'postTimestamp',
  summary: 'Send a timestamp command with the current time',
  tags: ['timestamps'],
  isIdempotent: true,
  answers: ACCEPTED,
  problems: [INVALID_IDEMPOTENCY_KEY],
};

export const GIVEN_DOC: RouteDoc = {
  ...CURRENT_DOC,
  operationId: 'postTimestampOf',
  summary: 'Send a timestamp command',
  params: {
    timestamp: {
      description: 'RFC 3339. Blanks alone mean the current time.',
      schema: { type: 'string', format: 'date-time' },
      example: '2006-01-02T15:04:05Z',
    },
  },
  problems: [{ kind: INVALID_TIMESTAMP, schema: OLD_MEMBERS }, INVALID_IDEMPOTENCY_KEY],
};
