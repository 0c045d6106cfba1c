import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import { type Layer, Router } from '@koa/router';
import { quoted } from '@sluice/core';
import type { Logger } from '@sluice/runtime';
import type { Registry } from 'prom-client';
import { answerLog } from './answer-log.ts';
import { BareKoa } from './bare-koa.ts';
import { discardBody, hasBody } from './body.ts';
import { type Correlation, correlationOf } from './correlation.ts';
import { clientOf } from './principal.ts';
import { METHOD_NOT_ALLOWED, NOT_FOUND, problem, problemOf } from './problem.ts';
import { PREFLIGHT, type Reply, send } from './reply.ts';
import { type RouteMeter, requestMetrics } from './request-metrics.ts';
import { pathOf, refuseTarget } from './target.ts';

/** What a route is told of a request. */
export interface HttpRequest {
  /** As it was sent, without the query. */
  readonly path: string;
  /** The pattern's parts, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly correlationId: string;
  /** Who sends. */
  readonly client: string;
}

/** A method and a path of a service. Bodies are thrown away, up to a limit; HEAD comes with GET. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** A pattern of @koa/router; it matches exactly, case and trailing slash included. */
  readonly path: string;
  /** May throw: a `SluiceError` is answered by its code, anything else with 500. */
  handle(request: HttpRequest): Reply | Promise<Reply>;
}

export interface AppOptions {
  /** Tried in their order, all of them: keep them few. */
  readonly routes: readonly Route[];
  readonly log: Logger;
  readonly metrics: Registry;
  /** The most bytes of a body that nobody reads. Default 1 MiB. */
  readonly bodyLimitBytes?: number;
}

interface State {
  correlationId: string;
  reply: Reply | undefined;
  /** Of the route that was matched. */
  meter: RouteMeter | undefined;
}

/**
 * The application: one layer that gives every request its correlation id, its answer and its figures, around the router.
 * Answers go to the socket in one write, past Koa's own way of building them, which costs as much as the rest of a
 * request.
 */
export function createApp({ routes, log, metrics, bodyLimitBytes = 2 ** 20 }: AppOptions): RequestListener {
  const meterOf = requestMetrics(metrics);
  const meterUnmatched = meterOf('other', 'none');
  const logAnswer = answerLog(log);
  const app = new BareKoa<State>();
  app.use(async (context, next) => {
    const startedAt = performance.now();
    const { req, res, state } = context;
    const correlation = correlationOf(req.headers);
    state.correlationId = correlation.id;
    let reply: Reply;
    try {
      const refusal = refuse(req, correlation) ?? (hasBody(req) ? await discardBody(req, bodyLimitBytes) : undefined);
      if (!refusal) await next();
      reply = refusal ?? state.reply ?? refuseUnrouted(req, context.matched);
    } catch (error) {
      reply = problemOf(error);
    }
    send(res, reply, correlation.id);
    const seconds = (performance.now() - startedAt) / 1000;
    (state.meter ?? meterUnmatched)(reply.status, seconds);
    logAnswer(req, reply, correlation.id, seconds);
  });
  app.use(routerOf(routes, meterOf).routes());
  const listener = app.callback();
  return (request, response) => {
    listener(request, response).catch((error) => {
      // A fault of ours after the route was done: an answer that cannot be written.
      log.error({ err: error }, 'an answer failed');
      if (response.headersSent) response.destroy();
      else send(response, problemOf(error), randomUUID());
    });
  };
}

function refuse(request: IncomingMessage, correlation: Correlation): Reply | undefined {
  return request.method === 'OPTIONS' ? PREFLIGHT : (refuseTarget(request) ?? correlation.refusal);
}

function routerOf(routes: readonly Route[], meterOf: ReturnType<typeof requestMetrics>): Router<State> {
  const router = new Router<State>({ sensitive: true, strict: true });
  for (const { method, path, handle } of routes) {
    const meter = meterOf(method, path);
    router.register(path, [method], async (context) => {
      const { req, state } = context;
      state.meter = meter;
      state.reply = await handle({
        path: context.path,
        params: context.params,
        headers: req.headers,
        correlationId: state.correlationId,
        client: clientOf(req),
      });
    });
  }
  return router;
}

/** 405 where the path is known with another method, else 404. */
function refuseUnrouted(request: IncomingMessage, matched: readonly Pick<Layer, 'methods'>[] = []): Reply {
  const path = quoted(pathOf(request.url ?? ''));
  if (matched.length === 0) return problem(NOT_FOUND, `no route has the path ${path}`);
  const allow = [...new Set(matched.flatMap(({ methods }) => methods)), 'OPTIONS'].join(', ');
  return problem(METHOD_NOT_ALLOWED, `the method for ${path} must be one of ${allow}, got ${request.method}`, {
    headers: { Allow: allow },
  });
}
