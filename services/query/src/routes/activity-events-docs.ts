import { INVALID_PARAMETER, MALFORMED_REQUEST, type RouteDoc } from '@sluice/http';
import { STORED_ACTIVITY_SCHEMA } from '@sluice/streams';
import { PAGE_PARAMETERS, pageAnswer } from '../paging-docs.ts';

const TEXT = { type: 'string' };
/** An empty one is none. */
const DATE = { type: 'string', pattern: '^((0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])-[0-9]{4})?$' };

const REFUSED = {
  type: 'object',
  properties: { message: { type: 'string', description: 'What the old service said' } },
};

const EXAMPLE = {
  component: 'orders',
  data: { order: 17 },
  email: 'jane.doe@example.com',
  environment: 'production',
  message: 'the buyer placed an order',
  id: 'edd34e6c-63de-46e5-9edd-60b1a1e22892',
  created_at: '1767366245.123456',
};

export const activityEventsDoc = (operationId: string): RouteDoc => ({
  operationId,
  summary: 'List activity events',
  description: 'Newest first. All that is asked for has to hold. An empty parameter is none.',
  tags: ['activity events'],
  query: {
    email: { description: 'Exactly this.', schema: TEXT, example: 'jane.doe@example.com' },
    component: { description: 'Exactly this.', schema: TEXT, example: 'orders' },
    environment: { description: 'Exactly this.', schema: TEXT, example: 'production' },
    message: {
      description: 'A part of the message, in the same case; `%` and `_` are themselves.',
      schema: TEXT,
      example: 'order',
    },
    from_date: {
      description: 'MM-DD-YYYY: from the beginning of this day, in UTC.',
      schema: DATE,
      example: '01-31-2026',
    },
    to_date: { description: 'MM-DD-YYYY: to the end of this day, in UTC.', schema: DATE, example: '12-31-2026' },
    ...PAGE_PARAMETERS,
  },
  answers: pageAnswer('events', STORED_ACTIVITY_SCHEMA, EXAMPLE),
  problems: [INVALID_PARAMETER, MALFORMED_REQUEST].map((kind) => ({ kind, schema: REFUSED })),
});
