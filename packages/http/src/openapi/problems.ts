import {
  EXPECTATION_FAILED,
  HEADERS_TOO_LARGE,
  INTERNAL,
  INVALID_CORRELATION_ID,
  INVALID_IDEMPOTENCY_KEY,
  MALFORMED_REQUEST,
  NOT_FOUND,
  OVERLOADED,
  type ProblemKind,
  problemType,
  REQUEST_TIMEOUT,
  TOO_LARGE,
  UNAVAILABLE,
  UNSUPPORTED_MEDIA_TYPE,
} from '../problem.ts';
import type { Route } from '../route.ts';
import type { JsonSchema, ProblemDoc, RouteDoc } from './route-doc.ts';
import type { OpenApiSchemas } from './schemas.ts';

/** What can happen to any request, before or after its route. */
const OF_ALL: readonly ProblemKind[] = [
  MALFORMED_REQUEST,
  INVALID_CORRELATION_ID,
  INVALID_IDEMPOTENCY_KEY,
  REQUEST_TIMEOUT,
  TOO_LARGE,
  EXPECTATION_FAILED,
  HEADERS_TOO_LARGE,
  INTERNAL,
];

/** The problems of a route by status: its own, and those that it can have without its doing. */
export function problemsByStatus({ path, body = 'discard' }: Route, doc: RouteDoc): Map<number, ProblemDoc[]> {
  const { problems = [], isSelfContained = false } = doc;
  const all: readonly ProblemDoc[] = [
    ...problems,
    ...OF_ALL,
    // An empty part is no part: the path is another then.
    ...(path.includes('/:') ? [NOT_FOUND] : []),
    ...(isSelfContained ? [] : [UNAVAILABLE, OVERLOADED]),
    ...(body === 'discard' ? [] : [UNSUPPORTED_MEDIA_TYPE, OVERLOADED]),
  ];
  const byStatus = new Map<number, Map<string, ProblemDoc>>();
  for (const problem of all) {
    const { status, name } = kindOf(problem);
    const named = byStatus.get(status) ?? new Map<string, ProblemDoc>();
    byStatus.set(status, named);
    if (!named.has(name)) named.set(name, problem);
  }
  return new Map([...byStatus].map(([status, named]) => [status, [...named.values()]]));
}

/** The problems of one status as an answer of the document. */
export function problemAnswer(problems: readonly ProblemDoc[], schemas: OpenApiSchemas, operationId: string): unknown {
  const choices = problems.map((problem) => problemSchema(problem, schemas, operationId));
  const kinds = problems.map(kindOf);
  const waits = kinds.some(({ status }) => status === 429 || status === 503);
  return {
    description: [...new Set(kinds.map(({ title }) => title))].join('; '),
    headers: {
      correlationId: { $ref: '#/components/headers/correlationId' },
      ...(waits && { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } }),
    },
    content: { 'application/problem+json': { schema: choices.length === 1 ? choices[0] : { anyOf: choices } } },
  };
}

function problemSchema(problem: ProblemDoc, schemas: OpenApiSchemas, operationId: string): JsonSchema {
  const kind = kindOf(problem);
  const words = kind.name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const name = `${words.join('')}Problem`;
  const { status, title } = kind;
  const members = { type: { const: problemType(kind) }, title: { const: title }, status: { const: status } };
  const reference = schemas.define(name, {
    allOf: [schemas.define('Problem', PROBLEM), { type: 'object', properties: members }],
  });
  if (!('schema' in problem)) return reference;
  return { allOf: [reference, schemas.embed(problem.schema, `${operationId}${name}`)] };
}

const kindOf = (problem: ProblemDoc): ProblemKind => ('kind' in problem ? problem.kind : problem);

const PROBLEM: JsonSchema = {
  description: 'What went wrong, for machines and people (RFC 9457).',
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'The kind of problem; it never changes.' },
    title: { type: 'string' },
    status: { type: 'integer', description: "The answer's status." },
    detail: { type: 'string', description: 'The field, the rule and the value received.' },
  },
};
