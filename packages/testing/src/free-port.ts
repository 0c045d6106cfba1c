import { createServer } from 'node:net';
import { setImmediate as tick } from 'node:timers/promises';

/**
 * Below the range that systems give to outgoing connections (RFC 6335 and Linux's default begin at 32,768 at the lowest):
 * a port from there may be in use as some connection's own end just when a killed server wants it back.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** A port of 127.0.0.1 that nobody listens on, and that stays free for a server that is started and killed in turns. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await canListen(port)) return port;
    await tick();
  }
  throw new Error(`found no free port from ${LOWEST} to ${HIGHEST}`);
}

function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
