import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/**
 * About the connection, not the message: they end here (RFC 9110, section 7.6.1). `Expect` is answered by the gateway,
 * which tells the client to go on.
 */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);

/** Taken away, they would make another message of the body, or of the request: `Connection` may not name them. */
const VITAL: ReadonlySet<string> = new Set(['content-length', 'host', 'transfer-encoding']);

/** Of these methods Node takes no body for granted, and cuts one into chunks only where the header says so. */
const COMMONLY_WITHOUT_BODY: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/**
 * The headers of a request for the service behind. From what was sent, since Node's own form of them hides repeated ones,
 * which the services refuse.
 */
export function requestHeaders({ method, rawHeaders }: IncomingMessage): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of endToEnd(rawHeaders)) {
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined ? value : [before, value].flat();
  }
  // With the header, the proxy asks for the connection to be closed after the answer, and a service that refuses a body
  // while it still comes would do so under it: the refusal would be lost.
  if (!COMMONLY_WITHOUT_BODY.has(method)) delete headers['transfer-encoding'];
  return headers;
}

/** The headers of an answer for the client, names and values by turns. How its body is cut into chunks, Node decides anew. */
export function answerHeaders(rawHeaders: readonly string[]): string[] {
  return endToEnd(rawHeaders)
    .filter(([name]) => name.toLowerCase() !== 'transfer-encoding')
    .flat();
}

function endToEnd(rawHeaders: readonly string[]): (readonly [name: string, value: string])[] {
  const pairs = pairsOf(rawHeaders);
  const named = pairs.filter(([name]) => name.toLowerCase() === 'connection').flatMap(([, value]) => value.split(','));
  const dropped = new Set(named.map((token) => token.trim().toLowerCase()).filter((token) => !VITAL.has(token)));
  return pairs.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !dropped.has(name.toLowerCase()));
}

function pairsOf(rawHeaders: readonly string[]): (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '']);
  }
  return pairs;
}
