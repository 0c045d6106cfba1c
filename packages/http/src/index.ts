export { type AppOptions, createApp } from './app.ts';
export type { BodyRule } from './body.ts';
export { correlationOf } from './correlation.ts';
export { type Form, formOf } from './form.ts';
export { type IdempotencyKey, idempotencyKeyOf } from './idempotency.ts';
export { type ListenAddress, listenAddress } from './listen-address.ts';
export { isJson, type MediaType, mediaTypeOf, refuseCharset, refuseMediaType } from './media-type.ts';
export { type OpenApiDocument, type OpenApiInfo, openApiDocument, openApiRoute } from './openapi.ts';
export { type OperationsOptions, operationRoutes } from './operations.ts';
export {
  CONFLICT,
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
export { type Parameter, singleParameter } from './query.ts';
export type { Dependency } from './readiness.ts';
export { Refusal } from './refusal.ts';
export { json, jsonText, type Reply, send } from './reply.ts';
export type { HttpRequest } from './request.ts';
export type { Route } from './route.ts';
export type { AnswerDoc, BodyDoc, ContentDoc, JsonSchema, ParameterDoc, ProblemDoc, RouteDoc } from './route-doc.ts';
export { type HttpServer, listen, type ServerLimits, type ServerOptions } from './server.ts';
