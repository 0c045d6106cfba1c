import { randomUUID } from 'node:crypto';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, where it is JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** The body. Default none. */
  readonly json?: unknown;
  readonly timeoutMs?: number;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** A request as the old clients make it: with a correlation id. @throws where there is no answer */
export async function request(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  { headers = {}, json, timeoutMs = 30_000 }: RequestOptions = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { correlationId: randomUUID(), ...(json !== undefined && JSON_TYPE), ...headers },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : {} };
}
