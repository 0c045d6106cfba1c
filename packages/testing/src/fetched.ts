/** An answer that was read to its end. */
export interface Fetched {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON, where it is. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it freely, and fail where it is something else
  readonly body: any;
}

/** Asks, and reads the answer to its end. */
export async function fetched(url: string, init: RequestInit = {}): Promise<Fetched> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
