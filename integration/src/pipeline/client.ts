import { randomUUID } from 'node:crypto';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, where it is JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** A request as the old clients make it: with a correlation id. @throws where there is no answer */
export async function request(
  method: 'GET' | 'POST',
  url: string,
  { headers = {}, timeoutMs = 30_000 }: { readonly headers?: Record<string, string>; readonly timeoutMs?: number } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { correlationId: randomUUID(), ...headers },
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, json: isJson ? JSON.parse(text) : {} };
}
