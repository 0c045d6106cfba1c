import { DEAD_LETTER_REASONS } from '@sluice/core';
import {
  type AnswerDoc,
  type BodyDoc,
  CONFLICT,
  INVALID_BODY,
  INVALID_ID,
  type JsonSchema,
  MALFORMED_JSON,
  NOT_FOUND,
  type ParameterDoc,
  type ProblemDoc,
  type RouteDoc,
  TOO_MANY_REQUESTS,
  UNAVAILABLE,
} from '@sluice/http';

const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';
const CONTROL_ID = '0b7e2d1e-9d0f-4c6c-8d43-0f4d1b8a5c11';

const PARAMS: Readonly<Record<string, ParameterDoc>> = {
  id: { description: 'The command id.', schema: { type: 'string', format: 'uuid' }, example: ID },
};

const PAGE_END: JsonSchema = {
  type: ['object', 'null'],
  required: ['created_at', 'id'],
  properties: {
    created_at: { type: 'string', format: 'date-time' },
    id: { type: 'string', format: 'uuid' },
  },
};

const FILTER: BodyDoc = {
  description: 'Which ones: all that is given must hold.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        anyOf: [{ required: ['stream'] }, { required: ['reason'] }],
        properties: {
          stream: { type: 'string', minLength: 1 },
          reason: { enum: DEAD_LETTER_REASONS },
          after: { ...PAGE_END, description: 'The `next` of the answer before, for the older ones.' },
        },
        additionalProperties: false,
      },
      examples: {
        stream: { stream: 'SpongeBob.Fruits', reason: 'schema-violation' },
        reason: { reason: 'unknown-schema' },
      },
    },
  },
};

const members = (done: string) => ({
  [done]: { type: 'integer', minimum: 0 },
  control: {
    type: 'array',
    description: 'The control commands by which the log says so.',
    items: { type: 'string', format: 'uuid' },
  },
  skipped: {
    type: 'array',
    description: 'Those with which it could not be done.',
    items: {
      type: 'object',
      required: ['id', 'why'],
      properties: { id: { type: 'string', format: 'uuid' }, why: { type: 'string' } },
    },
  },
});

const answer = (done: string, description: string): Readonly<Record<number, AnswerDoc>> => ({
  202: {
    description,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: [done, 'control', 'skipped', 'next'],
          properties: {
            ...members(done),
            next: { ...PAGE_END, description: 'What to ask for with `after`, where there are more; else null.' },
          },
        },
        examples: { done: { [done]: 1, control: [CONTROL_ID], skipped: [], next: null } },
      },
    },
  },
});

const LOCATION = {
  Location: {
    description: 'Where to look up what became of the command.',
    schema: { type: 'string', format: 'uri-reference' },
  },
};

/** Of a single one. */
const answerOfOne = (done: string, description: string): Readonly<Record<number, AnswerDoc>> =>
  Object.fromEntries(
    Object.entries(answer(done, description)).map(([status, doc]) => [status, { ...doc, headers: LOCATION }]),
  );

/** A request may end in the middle; what was done until then is told. */
const unavailable = (done: string): ProblemDoc => ({
  kind: UNAVAILABLE,
  schema: { type: 'object', properties: members(done) },
});

const REDRIVEN = 'The log has the records once more. Each keeps its command id, by which to look up what became of it.';
const DISCARDED = 'Nothing is kept of them but that they were there.';
const BOUNDED = 'A request works through 1,000 at most, the newest first; `next` says where to go on.';

export const REDRIVE_DOC: RouteDoc = {
  operationId: 'redriveDeadLetter',
  summary: 'Put a dead letter into the log again',
  description:
    "A client's event is read with the latest version of its stream's schema then. However often it is asked for, the command has one effect.",
  tags: ['dead letters'],
  params: PARAMS,
  answers: answerOfOne('redriven', REDRIVEN),
  problems: [INVALID_ID, NOT_FOUND, CONFLICT, TOO_MANY_REQUESTS, unavailable('redriven')],
};

export const DISCARD_DOC: RouteDoc = {
  operationId: 'discardDeadLetter',
  summary: 'Discard a dead letter',
  tags: ['dead letters'],
  params: PARAMS,
  answers: answerOfOne('discarded', DISCARDED),
  problems: [INVALID_ID, NOT_FOUND, CONFLICT, TOO_MANY_REQUESTS, unavailable('discarded')],
};

export const REDRIVE_ALL_DOC: RouteDoc = {
  operationId: 'redriveDeadLetters',
  summary: 'Put all dead letters of a stream or a reason into the log again',
  description: BOUNDED,
  tags: ['dead letters'],
  body: FILTER,
  answers: answer('redriven', REDRIVEN),
  problems: [MALFORMED_JSON, INVALID_BODY, TOO_MANY_REQUESTS, unavailable('redriven')],
};

export const DISCARD_ALL_DOC: RouteDoc = {
  operationId: 'discardDeadLetters',
  summary: 'Discard all dead letters of a stream or a reason',
  description: BOUNDED,
  tags: ['dead letters'],
  body: FILTER,
  answers: answer('discarded', DISCARDED),
  problems: [MALFORMED_JSON, INVALID_BODY, TOO_MANY_REQUESTS, unavailable('discarded')],
};
