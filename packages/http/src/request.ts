import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { clientOf } from './principal.ts';
import { CLIENT_GONE, problem } from './problem.ts';
import { queryOf } from './query.ts';
import { Refusal } from './refusal.ts';
import { pathOf } from './target.ts';

/** What a route is told of a request. */
export interface HttpRequest {
  /** As it was sent, without the query. */
  readonly path: string;
  /** The pattern's parts, each decoded once: they may hold a slash, a NUL, or be `..`. */
  readonly params: Readonly<Record<string, string>>;
  /**
   * The parameters behind the path, read when first asked for. A name may be there several times: see `singleParameter`.
   * @throws Refusal 400 where they are not percent-encoded UTF-8
   */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Whole where the route's `body` says so; else, or where none was sent, empty. */
  readonly body: Buffer;
  readonly correlationId: string;
  /** Who sends. */
  readonly client: string;
  /** Aborts where the client goes away before it has its answer. Made when first asked for. */
  readonly signal: AbortSignal;
}

export const NO_PARAMS: HttpRequest['params'] = {};

/** A request as a route sees it. What takes time to make, and most routes never ask for, is made when asked for. */
export class ServedRequest implements HttpRequest {
  readonly path: string;
  readonly params: HttpRequest['params'];
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly correlationId: string;
  readonly client: string;
  readonly #url: string;
  readonly #response: ServerResponse;
  #query: URLSearchParams | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    params: HttpRequest['params'],
    body: Buffer,
    correlationId: string,
  ) {
    const { url = '', headers } = request;
    this.path = pathOf(url);
    this.params = params;
    this.headers = headers;
    this.body = body;
    this.correlationId = correlationId;
    this.client = clientOf(request);
    this.#url = url;
    this.#response = response;
  }

  get query(): URLSearchParams {
    this.#query ??= queryOf(this.#url);
    return this.#query;
  }

  /** Whether someone asked for the signal, and it has aborted. */
  get isGone(): boolean {
    return this.#signal?.aborted ?? false;
  }

  get signal(): AbortSignal {
    this.#signal ??= goneSignal(this.#response);
    return this.#signal;
  }
}

/** What is answered to a client that is no longer there: it shows in the figures alone. */
export const GONE = problem(CLIENT_GONE, 'the client went away before its answer');

function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    if (!response.writableFinished) controller.abort(new Refusal(GONE));
  };
  if (response.destroyed || response.closed) abort();
  else response.once('close', abort);
  return controller.signal;
}
