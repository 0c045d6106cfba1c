import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { type Layer, Router } from '@koa/router';
import { quoted } from '@sluice/core';
import type { Logger } from '@sluice/runtime';
import type { Registry } from 'prom-client';
import { answerLog } from './answer-log.ts';
import { BareKoa } from './bare-koa.ts';
import { discardBody, hasBody, NO_BYTES, readBody } from './body/body.ts';
import { BodyBudget } from './body/budget.ts';
import { KnownTargets } from './known-targets.ts';
import { METHOD_NOT_ALLOWED, NOT_FOUND, problem, problemOf } from './problem.ts';
import { Refusal } from './refusal.ts';
import { PREFLIGHT, type Reply, send } from './reply.ts';
import { type Correlation, correlationOf } from './request/correlation.ts';
import { refuseRepeated } from './request/repeated-header.ts';
import { GONE, NO_PARAMS, ServedRequest } from './request/served-request.ts';
import { pathOf, refusePath, refuseTarget } from './request/target.ts';
import { type RouteMeter, requestMetrics } from './request-metrics.ts';
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

interface State {
  /** The route that the router chose. */
  route: MeteredRoute | undefined;
}

interface MeteredRoute extends Route {
  readonly meter: RouteMeter;
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
  const known = new KnownTargets(literal);
  const app = new BareKoa<State>();
  app.use(async (context, next) => {
    const startedAt = performance.now();
    const { req, res, state } = context;
    const correlation = correlationOf(req.headers);
    let meter = meterUnmatched;
    let reply: Reply;
    let heldBytes = 0;
    let params = NO_PARAMS;
    let served: ServedRequest | undefined;
    try {
      let refusal = refuse(req, correlation);
      let route: MeteredRoute | undefined;
      let bytes = NO_BYTES;
      if (!refusal) {
        const found = known.find(req);
        route = found?.route;
        params = found?.params ?? NO_PARAMS;
        if (!route) {
          const path = pathOf(req.url ?? '');
          refusal = refusePath(path);
          // Koa's own reading of the target would take a backslash for a slash in some of them.
          context.newRouterPath = path;
          if (!refusal) await next();
          route = state.route;
          params = context.params ?? NO_PARAMS;
          if (route) known.remember(req, route, params);
        }
        if (route) meter = route.meter;
        if (!refusal && hasBody(req)) {
          const rule = route?.body ?? 'discard';
          const taken =
            rule === 'discard'
              ? await discardBody(req, res, bodyLimitBytes)
              : await readBody(req, res, rule.limitBytes, budget);
          if (taken.kind === 'refused') refusal = taken.reply;
          else ({ bytes, heldBytes } = taken);
        }
      }
      if (refusal) {
        reply = route?.refusedAs?.(refusal) ?? refusal;
      } else if (route) {
        served = new ServedRequest(req, res, params, bytes, correlation.id);
        reply = await route.handle(served);
      } else {
        reply = refuseUnrouted(req, context.matched);
      }
    } catch (error) {
      reply = served?.isGone ? GONE : error instanceof Refusal ? error.reply : problemOf(error);
    }
    budget.give(heldBytes);
    send(res, reply, correlation.id);
    const seconds = (performance.now() - startedAt) / 1000;
    meter(reply.status, seconds);
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

function refuse(request: IncomingMessage, correlation: Correlation): Reply | undefined {
  return request.method === 'OPTIONS'
    ? PREFLIGHT
    : (refuseTarget(request) ?? refuseRepeated(request) ?? correlation.refusal);
}

/** Whether the pattern matches itself and nothing else. */
const isLiteral = (path: string): boolean => /^[\w/.-]*$/.test(path);

function routerOf(routes: readonly MeteredRoute[]): Router<State> {
  const router = new Router<State>({ sensitive: true, strict: true });
  for (const route of routes) {
    router.register(route.path, [route.method], ({ state }) => {
      state.route = route;
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
