export { type AppOptions, createApp, type HttpRequest, type Route } from './app.ts';
export { correlationOf } from './correlation.ts';
export { type IdempotencyKey, idempotencyKeyOf } from './idempotency.ts';
export { type ListenAddress, listenAddress } from './listen-address.ts';
export { type OperationsOptions, operationRoutes } from './operations.ts';
export { NOT_FOUND, type ProblemExtras, type ProblemKind, problem, problemOf } from './problem.ts';
export type { Dependency } from './readiness.ts';
export { json, type Reply, send } from './reply.ts';
export { type HttpServer, listen, type ServerLimits, type ServerOptions } from './server.ts';
