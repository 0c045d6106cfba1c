import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { MAX_WINDOW } from './push-pace.ts';
import type { PushRequest } from './push-request.ts';

/** An answer's body means nothing. A short one is read, so that the connection can be used again. */
const MAX_ANSWER_BYTES = 64 * 1024;

const PROCESSING = 102;

export interface Answer {
  /** 102 as soon as it comes. */
  readonly status: number;
  /** Until then the answer takes up a connection. */
  readonly ended: Promise<void>;
}

/** The connections to one endpoint. */
export class Endpoint implements Disposable {
  readonly #url: URL;
  readonly #agent: HttpAgent;

  /** Throws where the URL is none of http or https. */
  constructor(url: string) {
    this.#url = new URL(url);
    const isSecure = this.#url.protocol === 'https:';
    if (!isSecure && this.#url.protocol !== 'http:') throw new TypeError(`endpoint must be http or https, got ${url}`);
    this.#agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: MAX_WINDOW });
  }

  /**
   * Redirections are not followed. Rejects where there is no answer, and when the signal aborts before one; aborting
   * later cuts an answer that does not end.
   */
  async post(request: PushRequest, signal: AbortSignal): Promise<Answer> {
    try {
      return await this.#exchange(request, signal);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return this.#exchange(request, signal);
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #exchange({ headers, body }: PushRequest, signal: AbortSignal): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const send = this.#url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: { 'User-Agent': 'CloudPubSub-Google', ...headers, 'Content-Length': body.length },
      signal,
    });
    request.on('information', ({ statusCode }) => {
      if (statusCode !== PROCESSING) return;
      resolve({ status: PROCESSING, ended: Promise.resolve() });
      request.destroy();
    });
    request.on('response', (response) => resolve({ status: response.statusCode ?? 0, ended: ended(response) }));
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server may have closed a kept connection just as it was used again: that says nothing of the endpoint.
      const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isStale ? new StaleConnection() : error);
    });
    request.end(body);
    return promise;
  }
}

class StaleConnection extends Error {}

/** Resolves when the answer has ended or was cut. */
function ended(response: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy();
  });
  response.on('error', () => {});
  response.on('close', resolve);
  return promise;
}
