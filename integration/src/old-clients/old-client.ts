import type { TestContext } from 'node:test';

/** What a client of an old system sees of an answer. */
export interface OldAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly json: Json;
}

// biome-ignore lint/suspicious/noExplicitAny: an old client looks into an answer without asking what it is
export type Json = any;

/** A client that knows one address and nothing of Sluice. Follows redirects, as those of the time do. */
export class OldClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<OldAnswer> {
    return this.#ask(path, { headers });
  }

  /** As `requests.post(url, json=…)` does. */
  json(path: string, value: unknown, headers: Readonly<Record<string, string>> = {}): Promise<OldAnswer> {
    return this.text(path, JSON.stringify(value), { 'Content-Type': 'application/json', ...headers });
  }

  /** As `requests.post(url, data={…})` does. */
  form(path: string, fields: Readonly<Record<string, string>>): Promise<OldAnswer> {
    return this.text(path, new URLSearchParams(fields).toString(), {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
  }

  text(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<OldAnswer> {
    return this.#ask(path, { method: 'POST', body: Buffer.from(body), headers });
  }

  async #ask(path: string, request: RequestInit): Promise<OldAnswer> {
    const headers = { 'User-Agent': 'python-requests/2.25.1', Accept: '*/*', ...request.headers };
    const response = await fetch(`${this.#url}${path}`, { ...request, headers });
    const text = await response.text();
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      text,
      json: parsed(text),
    };
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the clients of one old system ask, and rely on. */
export type OldSystem = (t: TestContext, client: OldClient) => Promise<void>;
