import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { Router } from '@koa/router';
import type { Logger } from '@sluice/runtime';
import type { Registry } from 'prom-client';
import { answerLog } from './answer-log.ts';
import { BareKoa } from './bare-koa.ts';
import { BodyBudget } from './body/budget.ts';
import { dispatcher, type MeteredRoute, type Routed, type Seen } from './dispatch.ts';
import { KnownTargets } from './known-targets.ts';
import { problemOf } from './problem.ts';
import { Refusal } from './refusal.ts';
import { type Reply, send } from './reply.ts';
import { correlationOf } from './request/correlation.ts';
import { GONE } from './request/served-request.ts';
import { requestMetrics } from './request-metrics.ts';
import type { Route } from './route.ts';

export interface AppOptions {
  /** Tried in their order, those without parameters first. */
  readonly routes: readonly Route[];
  readonly log: Logger;
  readonly metrics: Registry;
  /** The most bytes of a body that nobody reads. Default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** The most bytes of all bodies that are read and not answered yet, together. Default 128 MiB. */
  readonly bodiesLimitBytes?: number;
}

/**
 * The application: one layer that gives every request its correlation id, its answer and its figures, around the router.
 * Answers go to the socket in one write, past Koa's own way of building them, which costs as much as the rest of a
 * request.
 */
export function createApp(options: AppOptions): RequestListener {
  const { routes, log, metrics, bodyLimitBytes = 2 ** 20, bodiesLimitBytes = 128 * 2 ** 20 } = options;
  const meterOf = requestMetrics(metrics);
  const meterUnmatched = meterOf('other', 'none');
  const logAnswer = answerLog(log);
  const budget = new BodyBudget(bodiesLimitBytes);
  const metered = routes.map((route) => ({ ...route, meter: meterOf(route.method, route.path) }));
  const literal = metered.filter(({ path }) => isLiteral(path));
  const dispatch = dispatcher({ known: new KnownTargets(literal), budget, bodyLimitBytes });
  const app = new BareKoa<Routed>();
  app.use(async (context, next) => {
    const startedAt = performance.now();
    const { req, res } = context;
    const correlation = correlationOf(req.headers);
    const seen: Seen = { meter: meterUnmatched, heldBytes: 0, served: undefined };
    let reply: Reply;
    try {
      reply = await dispatch(context, next, correlation, seen);
    } catch (error) {
      reply = seen.served?.isGone ? GONE : error instanceof Refusal ? error.reply : problemOf(error);
    }
    budget.give(seen.heldBytes);
    send(res, reply, correlation.id);
    const seconds = (performance.now() - startedAt) / 1000;
    seen.meter(reply.status, seconds);
    logAnswer(req, reply, correlation.id, seconds);
  });
  app.use(routerOf([...literal, ...metered.filter((route) => !literal.includes(route))]).routes());
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

/** Whether the pattern matches itself and nothing else. */
const isLiteral = (path: string): boolean => /^[\w/.-]*$/.test(path);

function routerOf(routes: readonly MeteredRoute[]): Router<Routed> {
  const router = new Router<Routed>({ sensitive: true, strict: true });
  for (const route of routes) {
    router.register(route.path, [route.method], ({ state }) => {
      state.route = route;
    });
  }
  return router;
}
