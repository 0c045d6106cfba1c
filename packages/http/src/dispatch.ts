import type { IncomingMessage } from 'node:http';
import type { Layer } from '@koa/router';
import { quoted } from '@sluice/core';
import type { Next, ParameterizedContext } from 'koa';
import { discardBody, hasBody, NO_BYTES, readBody } from './body/body.ts';
import type { BodyBudget } from './body/budget.ts';
import type { KnownTargets } from './known-targets.ts';
import { METHOD_NOT_ALLOWED, NOT_FOUND, problem } from './problem.ts';
import { PREFLIGHT, type Reply } from './reply.ts';
import type { Correlation } from './request/correlation.ts';
import { refuseRepeated } from './request/repeated-header.ts';
import { NO_PARAMS, ServedRequest } from './request/served-request.ts';
import { pathOf, refusePath, refuseTarget } from './request/target.ts';
import type { RouteMeter } from './request-metrics.ts';
import type { Route } from './route.ts';

/** A route with what counts its answers. */
export interface MeteredRoute extends Route {
  readonly meter: RouteMeter;
}

/** What the router leaves in a request's context. */
export interface Routed {
  /** The route that it chose. */
  route: MeteredRoute | undefined;
}

/** What has to be done about a request once it is answered, also where its route threw. */
export interface Seen {
  meter: RouteMeter;
  /** Of the budget for bodies. */
  heldBytes: number;
  served: ServedRequest | undefined;
}

export interface DispatchOptions {
  readonly known: KnownTargets<MeteredRoute>;
  readonly budget: BodyBudget;
  /** The most bytes of a body that nobody reads. */
  readonly bodyLimitBytes: number;
}

/** What is thrown was thrown by the route, or is a `Refusal`; `seen` holds for it as well. */
export type Dispatch = (
  context: ParameterizedContext<Routed>,
  next: Next,
  correlation: Correlation,
  seen: Seen,
) => Promise<Reply>;

/** Finds the route of a request, by the router behind `next` where it is not known, reads the body and has it answered. */
export function dispatcher({ known, budget, bodyLimitBytes }: DispatchOptions): Dispatch {
  return async (context, next, correlation, seen) => {
    const { req, res, state } = context;
    const refusal = refuse(req, correlation);
    if (refusal) return refusal;
    let found = known.find(req);
    if (!found) {
      const path = pathOf(req.url ?? '');
      const unreadable = refusePath(path);
      if (unreadable) return unreadable;
      // Koa's own reading of the target would take a backslash for a slash in some of them.
      context.newRouterPath = path;
      await next();
      found = state.route && { route: state.route, params: context.params ?? NO_PARAMS };
      if (found) known.remember(req, found.route, found.params);
    }
    if (found) seen.meter = found.route.meter;
    let bytes = NO_BYTES;
    if (hasBody(req)) {
      const rule = found?.route.body ?? 'discard';
      const taken =
        rule === 'discard'
          ? await discardBody(req, res, bodyLimitBytes)
          : await readBody(req, res, rule.limitBytes, budget);
      if (taken.kind === 'refused') return found?.route.refusedAs?.(taken.reply) ?? taken.reply;
      ({ bytes, heldBytes: seen.heldBytes } = taken);
    }
    if (!found) return refuseUnrouted(req, context.matched);
    seen.served = new ServedRequest(req, res, found.params, bytes, correlation.id);
    return await found.route.handle(seen.served);
  };
}

function refuse(request: IncomingMessage, correlation: Correlation): Reply | undefined {
  return request.method === 'OPTIONS'
    ? PREFLIGHT
    : (refuseTarget(request) ?? refuseRepeated(request) ?? correlation.refusal);
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
