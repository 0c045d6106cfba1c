export interface RequestParts {
  /** Lines as they are sent, without their ends. Default `Host` and, where there is a body, its length. */
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  /** Sends the body in chunks of so many bytes instead of telling its length. */
  readonly chunkBytes?: number;
}

/** The bytes of a request, however wrong: nothing is encoded, checked or completed but the body's length. */
export function request(head: string, { headers = [], body, chunkBytes }: RequestParts = {}): Buffer {
  const bytes = body === undefined ? undefined : Buffer.from(body as string);
  const framing =
    bytes === undefined
      ? bodyless(head)
      : chunkBytes === undefined
        ? [`Content-Length: ${bytes.length}`]
        : ['Transfer-Encoding: chunked'];
  const lines = [`${head} HTTP/1.1`, 'Host: sluice', ...framing, ...headers];
  const start = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  if (bytes === undefined) return start;
  return Buffer.concat([start, ...(chunkBytes === undefined ? [bytes] : chunks(bytes, chunkBytes))]);
}

/** A request with a body that says what it is. */
export const typed = (head: string, type: string, body: string | Buffer, headers: readonly string[] = []): Buffer =>
  request(head, { body, headers: [`Content-Type: ${type}`, ...headers] });

export const json = (head: string, body: unknown, headers?: readonly string[]): Buffer =>
  typed(
    head,
    'application/json',
    typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    headers,
  );

export const form = (head: string, fields: Readonly<Record<string, string>>): Buffer =>
  typed(head, 'application/x-www-form-urlencoded', new URLSearchParams(fields).toString());

const bodyless = (head: string): readonly string[] => (/^(?:POST|PUT) /.test(head) ? ['Content-Length: 0'] : []);

function chunks(bytes: Buffer, size: number): Buffer[] {
  const all: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    const chunk = bytes.subarray(start, start + size);
    all.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'));
  }
  return [...all, Buffer.from('0\r\n\r\n')];
}
