import type { IncomingMessage } from 'node:http';
import { MALFORMED_REQUEST, problem, TOO_LARGE } from './problem.ts';
import type { Reply } from './reply.ts';

/** How much more than the limit is swallowed after the answer, so that the sender lives to read it. */
const PATIENCE = 64;

export function hasBody({ headers }: IncomingMessage): boolean {
  const declared = headers['content-length'];
  return (declared !== undefined && declared !== '0') || headers['transfer-encoding'] !== undefined;
}

/**
 * Reads a body that no one wants, so that the connection can serve the next request.
 * @returns undefined at its end, or the answer to give instead. What still comes after a 413 is thrown away unseen, up to
 * a bound: closing at once would reset the connection under a client that is still sending, and lose it the answer.
 */
export function discardBody(request: IncomingMessage, limitBytes: number): Promise<Reply | undefined> {
  return new Promise((resolve) => {
    let seenBytes = 0;
    const refuseOversize = (): void => resolve(tooLarge(limitBytes));
    request.on('data', (chunk: Buffer) => {
      seenBytes += chunk.length;
      if (seenBytes > limitBytes) refuseOversize();
      if (seenBytes > limitBytes * PATIENCE) request.destroy();
    });
    request.on('end', () => resolve(undefined));
    // A sender that goes away in the middle; nobody is left to read this.
    request.on('error', () => resolve(problem(MALFORMED_REQUEST, 'the body must be complete, but it ended early')));
    if (Number(request.headers['content-length']) > limitBytes) refuseOversize();
  });
}

function tooLarge(limitBytes: number): Reply {
  return problem(TOO_LARGE, `the body must have at most ${limitBytes} bytes, but it has more`);
}
