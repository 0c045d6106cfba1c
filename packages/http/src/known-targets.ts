import type { IncomingMessage } from 'node:http';
import type { HttpRequest } from './request/request.ts';
import { NO_PARAMS } from './request/served-request.ts';
import { pathOf } from './request/target.ts';
import type { Route } from './route.ts';

export interface Found<R> {
  readonly route: R;
  readonly params: HttpRequest['params'];
}

/** How many paths with parameters are remembered; then all are forgotten, since keeping an order costs more. */
const MAX_REMEMBERED = 1_000;

/**
 * Finds routes by the path that was asked for, without the router, which tries all patterns and builds a chain of layers
 * for the one that fits: 2 to 5 µs of each request. Known from the start are the paths without parameters; of the others
 * those that were found before, where the route takes a body: what is sent goes to a few addresses again and again, and
 * what is looked up is another each time.
 */
export class KnownTargets<R extends Route> {
  readonly #literal: ReadonlyMap<string, Found<R>>;
  readonly #remembered = new Map<string, Found<R>>();

  constructor(literal: readonly R[]) {
    this.#literal = new Map(literal.map((route) => [`${route.method} ${route.path}`, { route, params: NO_PARAMS }]));
  }

  find({ method, url = '' }: IncomingMessage): Found<R> | undefined {
    const target = `${method} ${url}`;
    const found = this.#literal.get(target) ?? this.#remembered.get(target);
    return found ?? (url.includes('?') ? this.#literal.get(`${method} ${pathOf(url)}`) : undefined);
  }

  /** @param params as the router found them; they are shared from now on, and nobody changes them */
  remember({ method, url = '' }: IncomingMessage, route: R, params: HttpRequest['params']): void {
    if (route.body === undefined || url.includes('?')) return;
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(`${method} ${url}`, { route, params: Object.freeze({ ...params }) });
  }
}
