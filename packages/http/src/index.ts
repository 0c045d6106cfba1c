export { type AppOptions, createApp } from './app.ts';
export type { BodyRule } from './body/body.ts';
export { type Form, formOf } from './body/form.ts';
export { isJson, type MediaType, mediaTypeOf, refuseCharset, refuseMediaType } from './body/media-type.ts';
export { type ListenAddress, listenAddress } from './listen-address.ts';
export { type OpenApiDocument, type OpenApiInfo, openApiDocument, openApiRoute } from './openapi/openapi.ts';
export type {
  AnswerDoc,
  BodyDoc,
  ContentDoc,
  JsonSchema,
  ParameterDoc,
  ProblemDoc,
  RouteDoc,
} from './openapi/route-doc.ts';
export { type OperationsOptions, operationRoutes } from './operations/operations.ts';
export type { Dependency } from './operations/readiness.ts';
export {
  CONFLICT,
  HEADERS_TOO_LARGE,
  INTERNAL,
  INVALID_BODY,
  INVALID_ID,
  INVALID_IDEMPOTENCY_KEY,
  INVALID_PARAMETER,
  MALFORMED_FORM,
  MALFORMED_JSON,
  MALFORMED_REQUEST,
  NOT_FOUND,
  OVERLOADED,
  type ProblemExtras,
  type ProblemKind,
  problem,
  problemOf,
  problemType,
  TOO_LARGE,
  TOO_MANY_REQUESTS,
  UNAVAILABLE,
  UNSUPPORTED_MEDIA_TYPE,
  withMembers,
} from './problem.ts';
export { Refusal } from './refusal.ts';
export { json, jsonText, type Reply, send } from './reply.ts';
export { correlationOf } from './request/correlation.ts';
export { type IdempotencyKey, idempotencyKeyOf } from './request/idempotency.ts';
export { type Parameter, singleParameter } from './request/query.ts';
export type { HttpRequest } from './request/request.ts';
export type { Route } from './route.ts';
export { type HttpServer, listen, type ServerLimits, type ServerOptions } from './server.ts';
