import { INVALID_IDEMPOTENCY_KEY, MALFORMED_JSON, type ProblemKind, type RouteDoc, UNAVAILABLE } from '@sluice/http';
import { TABLE_TRANSACTION_SCHEMA } from '@sluice/streams';
import { VIOLATIONS } from './violations-docs.ts';

export const INVALID_ACTIVITIES: ProblemKind = { status: 400, name: 'invalid-activities', title: 'Invalid activities' };

/** What the old gatekeeper said beside its payload. */
export const OLD_VALID = 'Valid Schema';
export const OLD_INVALID = 'Invalid Schema';
/** It had no word for this; one that says valid would be taken for success. */
export const UNPUBLISHED = 'Not Published';

const EXAMPLE = {
  activities: [
    {
      operation: 'insert',
      table: 'table1',
      col_names: ['a', 'b', 'c'],
      col_types: ['INTEGER', 'TEXT', 'TEXT'],
      col_values: [1, 'Backup and Restore', '2018-03-27 11:58:28.988414'],
    },
  ],
};

const refusedSchema = (message: string) => ({
  type: 'object',
  required: ['payload', 'message', 'error'],
  properties: {
    payload: { description: 'The body, where it is JSON' },
    message: { const: message },
    error: { type: 'string', description: 'The same as `detail`' },
    errors: VIOLATIONS,
  },
});
const INVALID_SCHEMA = refusedSchema(OLD_INVALID);
const UNPUBLISHED_SCHEMA = refusedSchema(UNPUBLISHED);

export const activitiesDoc = (operationId: string): RouteDoc => ({
  operationId,
  summary: 'Insert into and delete from tables, all or nothing',
  description:
    'One table transaction. It is applied in the order of its client, or refused as a whole; `GET /api/v1/commands/{id}` of the query service tells which.',
  tags: ['table transactions'],
  isIdempotent: true,
  body: { content: { 'application/json': { schema: TABLE_TRANSACTION_SCHEMA, examples: { insert: EXAMPLE } } } },
  answers: {
    200: {
      description: 'The broker has it durably',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['status', 'payload', 'message', 'error', 'id'],
            properties: {
              status: { const: 200 },
              payload: { description: 'The body' },
              message: { const: OLD_VALID },
              error: { type: 'null' },
              id: { type: 'string', format: 'uuid', description: 'The command id' },
            },
          },
          examples: {
            accepted: {
              status: 200,
              message: OLD_VALID,
              error: null,
              id: '8d6f4b1e-3c1f-4a0e-9a55-0c6f2d1f7b3a',
              payload: EXAMPLE,
            },
          },
        },
      },
    },
  },
  problems: [
    ...[INVALID_ACTIVITIES, MALFORMED_JSON, INVALID_IDEMPOTENCY_KEY].map((kind) => ({ kind, schema: INVALID_SCHEMA })),
    { kind: UNAVAILABLE, schema: UNPUBLISHED_SCHEMA },
  ],
});
