import { type DeadLetterReason, printable } from '@sluice/core';
import { objectIn } from '../json-object.ts';
import { reasonOf } from '../request-failure.ts';

export interface Filter {
  readonly stream?: string;
  readonly reason?: DeadLetterReason;
}

/** A dead letter as the list has it. */
export interface Summary {
  readonly id: string;
  readonly stream: string;
  readonly client: string;
  readonly state: string;
  readonly reason: string;
  readonly detail: string;
  readonly created_at: string;
  readonly position: Readonly<Record<string, unknown>>;
  readonly value_bytes: number;
}

/** Bytes as base64, and as text where they are one. */
export type Bytes = { readonly base64: string; readonly text?: string } | null;

/** A dead letter with its record, unless it was discarded. */
export interface Shown extends Omit<Summary, 'value_bytes'> {
  readonly is_cut?: boolean;
  readonly record?: {
    readonly timestamp: string;
    readonly key: Bytes;
    readonly value: Bytes;
    readonly headers: readonly { readonly name: string; readonly value: Bytes }[];
  };
}

export interface Page {
  readonly dead_letters: readonly Summary[];
  readonly next: string | null;
}

/** What was done with dead letters; in an answer that says that it failed, until then. */
export interface Done {
  readonly redriven?: number;
  readonly discarded?: number;
  readonly control: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly why: string }[];
  readonly next?: unknown;
}

export type Action = 'redrive' | 'discard';

/** A request that did not do what it was for. The message is for people, and says what to do. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  /** What was done before it failed. */
  readonly done: Done | undefined;

  constructor(message: string, done?: Done) {
    super(message);
    this.done = done;
  }
}

const BASE = 'api/v1/dead-letters';
const READ_TIMEOUT_MS = 30_000;
/** The services work through a thousand at a time, and wait for the consumer in between. */
const WRITE_TIMEOUT_MS = 180_000;

/** The routes about dead letters, at one address. All throw a `RequestFailure`. */
export class DeadLettersApi {
  readonly #url: URL;

  /** @param url where the routes begin */
  constructor(url: URL) {
    this.#url = url;
  }

  async page(filter: Filter, limit: number, cursor: string | null): Promise<Page> {
    const query = new URLSearchParams({ ...filter, limit: String(limit), ...(cursor !== null && { cursor }) });
    return (await this.#ask('GET', `${BASE}?${query}`)) as Page;
  }

  async show(id: string): Promise<Shown> {
    return (await this.#ask('GET', `${BASE}/${id}`)) as Shown;
  }

  async one(action: Action, id: string): Promise<Done> {
    const [method, path] = action === 'redrive' ? ['POST', `${BASE}/${id}/redrive`] : ['DELETE', `${BASE}/${id}`];
    return (await this.#ask(method, path)) as Done;
  }

  /** @param after the `next` of the call before; null for the first */
  async all(action: Action, filter: Filter, after: unknown): Promise<Done> {
    return (await this.#ask('POST', `${BASE}/${action}`, { ...filter, after })) as Done;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const url = new URL(path, this.#url);
    const signal = AbortSignal.timeout(method === 'GET' ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS);
    let status: number;
    let text: string;
    try {
      const response = await fetch(url, {
        method,
        redirect: 'manual',
        signal,
        ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw new RequestFailure(
        `the server at ${url.origin} does not answer (${reasonOf(error)}); start it (sluice start), or say where it is with --url`,
      );
    }
    const answer = objectIn(text);
    if (answer && status >= 200 && status < 300) return answer;
    throw failureOf(status, answer, url);
  }
}

function failureOf(status: number, answer: Readonly<Record<string, unknown>> | undefined, url: URL): RequestFailure {
  const { type, detail } = answer ?? {};
  if (typeof type !== 'string' || !type.startsWith('urn:sluice:problem:') || typeof detail !== 'string') {
    return new RequestFailure(`what answers at ${url.origin} is no Sluice (${status}); say where it is with --url`);
  }
  const said = printable(detail, 500);
  const done = Array.isArray(answer?.control) ? (answer as unknown as Done) : undefined;
  const isLater = status === 429 || status >= 500;
  return new RequestFailure(isLater ? `the server cannot do it now (${status}): ${said}` : said, done);
}
