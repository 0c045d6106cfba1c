import type { IncomingMessage } from 'node:http';
import { quoted } from '@sluice/core';
import { HEADERS_TOO_LARGE, MALFORMED_REQUEST, type ProblemKind, problem, type Reply } from '@sluice/http';

const NOT_IMPLEMENTED: ProblemKind = { status: 501, name: 'not-implemented', title: 'Not implemented' };

/** Node drops what is beyond 2,000, and with it perhaps how long the body is: then the service would read another request. */
const MAX_HEADERS = 200;

/**
 * Refuses what would arrive at the service as something else than was sent. Everything else is the service's to judge.
 * @returns the answer, where the request cannot be handed on
 */
export function refuseUnforwardable({ rawHeaders, headers, httpVersion }: IncomingMessage): Reply | undefined {
  const count = rawHeaders.length / 2;
  if (count > MAX_HEADERS) {
    return problem(HEADERS_TOO_LARGE, `a request must have at most ${MAX_HEADERS} headers, got ${count}`);
  }
  // The proxy's own request would have one, of the service.
  if (headers.host === undefined && httpVersion === '1.1') {
    return problem(MALFORMED_REQUEST, 'header Host must be there (RFC 9112, section 3.2)');
  }
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
    return problem(NOT_IMPLEMENTED, `header Transfer-Encoding must be chunked or absent, got ${quoted(encoding)}`);
  }
  return undefined;
}
