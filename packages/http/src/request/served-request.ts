import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { CLIENT_GONE, problem } from '../problem.ts';
import { Refusal } from '../refusal.ts';
import { clientOf } from './principal.ts';
import { queryOf } from './query.ts';
import type { HttpRequest } from './request.ts';
import { pathOf } from './target.ts';

export const NO_PARAMS: HttpRequest['params'] = {};

/** A request as a route sees it. What takes time to make, and most routes never ask for, is made when asked for. */
export class ServedRequest implements HttpRequest {
  readonly path: string;
  readonly params: HttpRequest['params'];
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly correlationId: string;
  readonly client: string;
  readonly #request: IncomingMessage;
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
    this.#request = request;
    this.#response = response;
  }

  get query(): URLSearchParams {
    this.#query ??= queryOf(this.#request.url ?? '');
    return this.#query;
  }

  /** Whether someone asked for the signal, and it has aborted. */
  get isGone(): boolean {
    return this.#signal?.aborted ?? false;
  }

  get signal(): AbortSignal {
    this.#signal ??= goneSignal(this.#request, this.#response);
    return this.#signal;
  }
}

/** What is answered to a client that is no longer there: it shows in the figures alone. */
export const GONE = problem(CLIENT_GONE, 'the client went away before its answer');

function goneSignal({ socket }: IncomingMessage, response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    if (!response.writableFinished) controller.abort(new Refusal(GONE));
  };
  if (socket.destroyed) abort();
  // The socket, since an answer that waits behind another on its connection does not hear of the end.
  socket.once('close', abort);
  response.once('close', () => {
    abort();
    socket.off('close', abort);
  });
  return controller.signal;
}
