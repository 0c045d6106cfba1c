import { printable } from '@sluice/core';
import { objectIn } from '../json-object.ts';
import { reasonOf } from '../request-failure.ts';

/** What became of a request to the event gateway. */
export type Answer =
  | { readonly kind: 'done'; readonly body: Readonly<Record<string, unknown>> }
  /** The server will not do it, however often it is asked. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It may be done later. */
  | { readonly kind: 'unavailable'; readonly why: string };

export interface EventGatewayOptions {
  /** Where the routes begin. */
  readonly url: URL;
  readonly signal: AbortSignal;
  /** How long an answer may take. Default 15 s. */
  readonly timeoutMs?: number;
}

/** A client of the event gateway's routes as the old clients use them: form fields in, `code` and `msg` out. */
export class EventGateway {
  readonly #url: URL;
  readonly #signal: AbortSignal;
  readonly #timeoutMs: number;

  constructor({ url, signal, timeoutMs = 15_000 }: EventGatewayOptions) {
    this.#url = url;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
  }

  register(client: string, event: string, schema: unknown): Promise<Answer> {
    return this.#post(`${client}/${event}/register_event`, { event_schema: JSON.stringify(schema) });
  }

  /** @param key the same for every try to send this event, so that it is taken once */
  send(client: string, event: string, payload: unknown, key: string): Promise<Answer> {
    return this.#post(`${client}/${event}/send_event`, { event: JSON.stringify(payload) }, { 'Idempotency-Key': key });
  }

  schema(client: string, event: string): Promise<Answer> {
    return this.#ask(`${client}/${event}/schema`, {});
  }

  #post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#ask(path, { method: 'POST', body: new URLSearchParams(form), headers });
  }

  async #ask(path: string, request: RequestInit): Promise<Answer> {
    const url = new URL(path, this.#url);
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(this.#timeoutMs)]);
    try {
      const response = await fetch(url, { ...request, redirect: 'manual', signal });
      return answerOf(response.status, await response.text());
    } catch (error) {
      return { kind: 'unavailable', why: `the server at ${url.origin} does not answer (${reasonOf(error)})` };
    }
  }
}

function answerOf(status: number, text: string): Answer {
  const body = objectIn(text);
  const isDone = status >= 200 && status < 300;
  if (isDone && body?.code === 'SUCCEEDED') return { kind: 'done', body };
  const said = [body?.detail, body?.msg, body?.title].find((member) => typeof member === 'string' && member !== '');
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: 'unavailable', why: `the server cannot do it now (${status}): ${shown(said ?? text)}` };
  }
  if (said === undefined || isDone) {
    return { kind: 'refused', why: `what answers is no event gateway (${status}): ${shown(text)}` };
  }
  return { kind: 'refused', why: `the server refuses it (${status}): ${shown(said)}` };
}

const shown = (said: unknown): string => printable(String(said), 300);
