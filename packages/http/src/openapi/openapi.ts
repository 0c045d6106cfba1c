import type { Reply } from '../reply.ts';
import type { Route } from '../route.ts';
import { OpenApiOperations } from './operation.ts';
import type { JsonSchema, RouteDoc } from './route-doc.ts';

/** What a document says of the service as a whole. */
export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  /** CommonMark. */
  readonly description: string;
}

/** An OpenAPI document as a plain value. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

/**
 * Describes the routes as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1). Each operation gets, beside what its route
 * says, the problems that it can have without its route's doing, and the headers of every request and answer. Routes
 * without a `doc` are named under `x-undocumented`.
 * @throws Error where the docs contradict each other or their routes
 */
export function openApiDocument(routes: readonly Route[], info: OpenApiInfo): OpenApiDocument {
  const operations = new OpenApiOperations();
  const undocumented: string[] = [];
  for (const route of routes) {
    if (route.doc) operations.add(route, route.doc);
    else undocumented.push(`${route.method} ${route.path}`);
  }
  return {
    openapi: '3.1.1',
    info,
    paths: operations.paths(),
    components: { schemas: operations.schemas.toJSON(), parameters: PARAMETERS, headers: HEADERS },
    ...(undocumented.length > 0 && { 'x-undocumented': undocumented }),
  };
}

/** Serves the document of the routes, itself included, at `GET /openapi.json`. */
export function openApiRoute(routes: readonly Route[], info: OpenApiInfo): Route {
  let reply: Reply | undefined;
  const self: Route = {
    method: 'GET',
    path: '/openapi.json',
    doc: SELF,
    handle: () => {
      reply ??= {
        status: 200,
        contentType: 'application/json; charset=utf-8',
        body: JSON.stringify(openApiDocument([...routes, self], info)),
      };
      return reply;
    },
  };
  return self;
}

const SELF: RouteDoc = {
  operationId: 'getOpenApi',
  summary: 'This document',
  tags: ['operations'],
  isSelfContained: true,
  answers: {
    200: {
      description: 'All routes as OpenAPI 3.1.',
      content: {
        'application/json': {
          schema: { type: 'object', required: ['openapi', 'info', 'paths'] },
          examples: { start: { openapi: '3.1.1', info: { title: 'Sluice', version: '0.1.0' }, paths: {} } },
        },
      },
    },
  },
};

/** Says all it can: those who make up values by it go by the format, the length or the pattern. */
const UUID: JsonSchema = {
  type: 'string',
  format: 'uuid',
  minLength: 36,
  maxLength: 36,
  pattern: '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$',
};

/** Of the parameters that several operations share. */
const PARAMETERS = {
  correlationId: {
    name: 'correlationId',
    in: 'header',
    description: 'Marks all that comes of this request; made where there is none, and given back in the answer.',
    schema: UUID,
    example: 'edd34e6c-63de-46e5-9edd-60b1a1e22892',
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Marks retries of a request as one: the command id is made of it. 1 to 255 printable ASCII characters.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]([ -~]*[!-~])?$' },
    example: 'order-4711',
  },
};

const HEADERS = {
  correlationId: { description: "The request's, or a new one.", schema: UUID },
  RetryAfter: { description: 'In seconds.', schema: { type: 'string', pattern: '^[0-9]+$' } },
};
