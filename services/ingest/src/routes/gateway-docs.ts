import {
  type AnswerDoc,
  type BodyDoc,
  CONFLICT,
  INVALID_BODY,
  INVALID_IDEMPOTENCY_KEY,
  type JsonSchema,
  MALFORMED_FORM,
  MALFORMED_JSON,
  type ProblemDoc,
  type ProblemKind,
  type RouteDoc,
  TOO_LARGE,
  UNAVAILABLE,
} from '@sluice/http';
import { INVALID_NAME, INVALID_SCHEMA } from '../stream-problems.ts';
import { CLIENT_PARAM, EVENT_PARAM } from './stream-params.ts';

/** The old gateway had one status for all of these, and its clients know it. */
export const NOT_REGISTERED: ProblemKind = { status: 400, name: 'not-registered', title: 'Not registered' };
export const ALREADY_REGISTERED: ProblemKind = { status: 400, name: 'already-registered', title: 'Already registered' };

const FRUITS = { type: 'object', required: ['fruit'], properties: { fruit: { type: 'string' } } };
const FIG = { fruit: 'fig' };

/** The members of the old gateway, beside those of a problem. */
const OLD_MEMBERS = { code: { const: 'FAILED' }, msg: { type: 'string' } };

const failed = (kind: ProblemKind): ProblemDoc => ({
  kind,
  schema: { type: 'object', required: ['code', 'msg'], properties: OLD_MEMBERS },
});

const LATE: ProblemDoc = {
  kind: UNAVAILABLE,
  schema: {
    type: 'object',
    properties: {
      ...OLD_MEMBERS,
      id: {
        type: 'string',
        format: 'uuid',
        description:
          'Of a registration that is in the log, but was not projected in time: its outcome is looked up by it.',
      },
    },
  },
};

function succeeded(description: string, msg: string, more: Record<string, JsonSchema>, example: object): AnswerDoc {
  const properties = { code: { const: 'SUCCEEDED' }, msg: { const: msg }, ...more };
  return {
    description,
    content: {
      'application/json': {
        schema: { type: 'object', required: Object.keys(properties), properties },
        examples: { succeeded: { code: 'SUCCEEDED', msg, ...example } },
      },
    },
  };
}

/** JSON as the text of a form's field, or in a member of a JSON body. */
function bodyOf(field: string, description: string, example: object): BodyDoc {
  const text = {
    type: 'object',
    required: [field],
    properties: { [field]: { type: 'string', minLength: 1, description } },
  };
  const asText = { asText: { [field]: JSON.stringify(example) } };
  return {
    content: {
      'application/x-www-form-urlencoded': { schema: text, examples: asText },
      'multipart/form-data': { schema: text, examples: asText },
      'application/json': {
        schema: { type: 'object', required: [field], properties: { [field]: { description } } },
        examples: { asJson: { [field]: example }, ...asText },
      },
    },
  };
}

const MALFORMED = [MALFORMED_JSON, MALFORMED_FORM, INVALID_BODY, INVALID_IDEMPOTENCY_KEY, TOO_LARGE].map((kind) =>
  kind === TOO_LARGE ? { kind, schema: { type: 'object', properties: OLD_MEMBERS } } : failed(kind),
);

export const REGISTER_DOC: RouteDoc = {
  operationId: 'registerEvent',
  summary: "Register a client's event with the JSON Schema of its payload",
  description: 'As the old event gateway: once, and for good. `PUT /api/v1/streams/{client}/{event}` adds versions.',
  tags: ['event gateway'],
  isIdempotent: true,
  params: { client: CLIENT_PARAM, event: EVENT_PARAM },
  body: bodyOf(
    'event_schema',
    'A JSON Schema, draft-07 unless `$schema` says otherwise; neither empty nor false.',
    FRUITS,
  ),
  answers: { 200: succeeded('The event is registered.', 'event registered', {}, {}) },
  problems: [...MALFORMED, ...[INVALID_NAME, INVALID_SCHEMA, ALREADY_REGISTERED, CONFLICT].map(failed), LATE],
};

export const SEND_DOC: RouteDoc = {
  operationId: 'sendEvent',
  summary: 'Send an event that is registered',
  tags: ['event gateway'],
  isIdempotent: true,
  params: { client: CLIENT_PARAM, event: EVENT_PARAM },
  body: bodyOf('event', 'What the schema of the event takes; JSON that is neither empty, zero, false nor null.', FIG),
  answers: {
    200: succeeded(
      'The broker has the event durably.',
      'event sent',
      { id: { type: 'string', format: 'uuid', description: 'The command id, to look the event up.' } },
      { id: 'edd34e6c-63de-46e5-9edd-60b1a1e22892' },
    ),
  },
  problems: [...MALFORMED, failed(NOT_REGISTERED), LATE],
};

export const SCHEMA_DOC: RouteDoc = {
  operationId: 'getEventSchema',
  summary: 'The schema that an event is registered with',
  tags: ['event gateway'],
  params: { client: CLIENT_PARAM, event: EVENT_PARAM },
  answers: {
    200: succeeded(
      'Its latest version.',
      'schema recovered',
      { schema: { type: ['object', 'boolean'] } },
      { schema: FRUITS },
    ),
  },
  problems: [failed(NOT_REGISTERED), LATE],
};

export const LIST_DOC: RouteDoc = {
  operationId: 'listEvents',
  summary: 'The events that a client registered',
  tags: ['event gateway'],
  // A name that no client can have is one that is not known, as to the old gateway.
  params: { client: { ...CLIENT_PARAM, schema: { type: 'string', minLength: 1 } } },
  answers: {
    200: succeeded(
      'Pairs of client and event, in the order of their registration; none of a client that is not known.',
      'schema recovered',
      { events: { type: 'array', items: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 } } },
      { events: [['SpongeBob', 'Fruits']] },
    ),
  },
  problems: [LATE],
};
