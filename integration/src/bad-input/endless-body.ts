import { once } from 'node:events';
import { connect } from 'node:net';

export interface Endless {
  /** The first answer, as text. */
  readonly answer: string;
  /** How much was sent until the service ended the connection. */
  readonly sentBytes: number;
}

const PATIENCE_MS = 20_000;
const CHUNK = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')]);

/** Sends a body in chunks that never ends, as fast as it is taken, until the connection does; at most `mostBytes`. */
export async function sendEndless(url: string, head: string, mostBytes: number): Promise<Endless> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  let answer = '';
  let sentBytes = 0;
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  // It ends with an error, or without: neither is of interest.
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const pump = (): void => {
    while (!socket.destroyed && sentBytes < mostBytes) {
      sentBytes += CHUNK.length;
      if (!socket.write(CHUNK)) return;
    }
  };
  socket.on('drain', pump);
  socket.write(
    `${head} HTTP/1.1\r\nHost: sluice\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  pump();
  const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
  await closed;
  clearTimeout(timer);
  return { answer, sentBytes };
}
