import { INVALID_PARAMETER, NOT_FOUND, type RouteDoc } from '@sluice/http';
import { PAGE_PARAMETERS, pageAnswer } from '../paging-docs.ts';
import { ACCEPTED_AT_SCHEMA } from '../shown-instant.ts';

const TIME = { type: 'string', format: 'date-time' };

const STORED_EVENT = {
  type: 'object',
  required: ['id', 'schema_version', 'created_at', 'data'],
  properties: {
    id: { type: 'string', format: 'uuid', description: 'The command id.' },
    schema_version: {
      type: 'integer',
      minimum: 1,
      description: "The version of the stream's schema that the event was accepted under.",
    },
    created_at: ACCEPTED_AT_SCHEMA,
    data: { description: 'The event.' },
  },
};
const EXAMPLE = {
  id: 'edd34e6c-63de-46e5-9edd-60b1a1e22892',
  schema_version: 1,
  created_at: '2026-01-02T15:04:05.123456Z',
  data: { fruit: 'apple' },
};

export const STREAM_EVENTS_DOC: RouteDoc = {
  operationId: 'listStreamEvents',
  summary: "List a stream's stored events",
  description: 'Newest first.',
  tags: ['streams'],
  params: {
    client: { description: 'Who registered the stream.', schema: { type: 'string' }, example: 'SpongeBob' },
    event: { description: 'The event type.', schema: { type: 'string' }, example: 'Fruits' },
  },
  query: {
    from: {
      description: 'Those that were accepted then or later: RFC 3339, with an offset.',
      schema: TIME,
      example: '2026-01-01T00:00:00Z',
    },
    to: { description: 'Those that were accepted before.', schema: TIME, example: '2027-01-01T00:00:00Z' },
    ...PAGE_PARAMETERS,
  },
  answers: pageAnswer('events', STORED_EVENT, EXAMPLE),
  problems: [INVALID_PARAMETER, NOT_FOUND],
};
