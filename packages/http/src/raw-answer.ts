import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HEADERS_TOO_LARGE, MALFORMED_REQUEST, problem, REQUEST_TIMEOUT, TOO_LARGE } from './problem.ts';
import { headersOf, type Reply } from './reply.ts';

/** How long a refused client may take to read its answer before the connection is cut. */
const LINGER_MS = 1_000;

/** Connections that are refused once the answer under way is written; what else they bring changes nothing. */
const refusedNext = new WeakSet<Socket>();

/**
 * Answers what Node could not read as a request, or not in time, and ends the connection.
 * @param current the answer to the last request that was read from this connection, if any. Where all of that request
 * came, the fault is what was sent behind it, and its answer is written first; else, once the answer has begun, nothing
 * can be put in its place
 */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, current: ServerResponse | null): void {
  // Refused already; what else comes is thrown away until the connection ends.
  if (socket.writableEnded || refusedNext.has(socket)) return;
  const underWay = current && !current.writableFinished ? current : undefined;
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else if (underWay?.req.complete) {
    refusedNext.add(socket);
    underWay.once('finish', () => {
      if (socket.writable) answerRaw(socket, replyTo(error.code));
    });
  } else if (underWay?.headersSent) socket.destroy();
  else answerRaw(socket, replyTo(error.code));
}

function replyTo(code: string | undefined): Reply {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return problem(HEADERS_TOO_LARGE, 'the request line and headers are larger than this server takes');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return problem(TOO_LARGE, 'the extensions of a chunk are larger than this server takes');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problem(REQUEST_TIMEOUT, 'the request was not sent in time');
    default:
      return problem(MALFORMED_REQUEST, 'the request must be HTTP/1.1 (RFC 9112)');
  }
}

/** Writes the answer to a bare socket, and closes that once the client has had the time to read it. */
export function answerRaw(socket: Socket, reply: Reply): void {
  const headers = { ...headersOf(reply, randomUUID()), Date: new Date().toUTCString(), Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  endSlowly(socket, `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status]}\r\n${lines.join('')}\r\n${reply.body}`);
}

/**
 * Ends a connection after what is written to it, once the client has had the time to read that: closing at once on a
 * client that is still sending would reset the connection, and lose it the answer.
 */
export function endSlowly(socket: Socket, last?: string): void {
  if (last === undefined) socket.end();
  else socket.end(last);
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
