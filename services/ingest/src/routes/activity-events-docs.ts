import {
  INVALID_IDEMPOTENCY_KEY,
  MALFORMED_JSON,
  type ProblemKind,
  type RouteDoc,
  UNSUPPORTED_MEDIA_TYPE,
} from '@sluice/http';
import { ACTIVITY_SCHEMA, STORED_ACTIVITY_SCHEMA } from '@sluice/streams';
import { VIOLATIONS } from './violations-docs.ts';

export const INVALID_ACTIVITY_EVENT: ProblemKind = {
  status: 400,
  name: 'invalid-activity-event',
  title: 'Invalid activity event',
};

const EXAMPLE = {
  email: 'jane.doe@example.com',
  component: 'orders',
  environment: 'production',
  message: 'the buyer placed an order',
  data: { order: 17, items: ['apple', 'pear'] },
};

const REFUSED = {
  type: 'object',
  properties: {
    message: { type: 'string', description: 'What the old service said' },
    errors: {
      type: 'object',
      description: 'By field; of missing fields, wrong types and texts that are too long',
      additionalProperties: { type: 'string' },
    },
    violations: VIOLATIONS,
  },
};

export const activityEventsDoc = (operationId: string): RouteDoc => ({
  operationId,
  summary: 'Send an activity event',
  description: 'It is found by `GET /api/events` of the query service once it is projected.',
  tags: ['activity events'],
  isIdempotent: true,
  body: { content: { 'application/json': { schema: ACTIVITY_SCHEMA, examples: { order: EXAMPLE } } } },
  answers: {
    201: {
      description: 'The broker has it durably',
      content: {
        'application/json': {
          schema: STORED_ACTIVITY_SCHEMA,
          examples: {
            order: { ...EXAMPLE, id: '8d6f4b1e-3c1f-4a0e-9a55-0c6f2d1f7b3a', created_at: '1795341672.345' },
          },
        },
      },
    },
  },
  problems: [INVALID_ACTIVITY_EVENT, MALFORMED_JSON, UNSUPPORTED_MEDIA_TYPE, INVALID_IDEMPOTENCY_KEY].map((kind) => ({
    kind,
    schema: REFUSED,
  })),
});
