import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface RawResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends bytes to an HTTP server as they are, however malformed, and reads until it closes the connection or has sent a
 * whole response with a `Content-Length`.
 * @throws where neither comes within `timeoutMs` (default 5 s), or the connection is reset before
 */
export async function rawHttp(port: number, bytes: string | Buffer, timeoutMs = 5_000): Promise<RawResponse> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let received = '';
  const whole = new Promise<RawResponse>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const response = parsed(received);
      if (response) resolve(response);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${JSON.stringify(received)}`)));
  });
  socket.write(bytes, 'latin1');
  try {
    return await Promise.race([
      whole,
      delay(timeoutMs, undefined, { ref: false }).then(() => {
        throw new Error(`no response within ${timeoutMs} ms, only ${JSON.stringify(received)}`);
      }),
    ]);
  } finally {
    socket.destroy();
  }
}

function parsed(text: string): RawResponse | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = text.slice(end + 4);
  const status = Number(statusLine.split(' ')[1]);
  if (status === 100) return parsed(body);
  if (body.length < Number(headers['content-length'] ?? 0)) return undefined;
  return { status, headers, body: Buffer.from(body, 'latin1').toString() };
}
