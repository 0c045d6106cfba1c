import type { IncomingMessage } from 'node:http';
import { quoted } from '@sluice/core';
import { MALFORMED_REQUEST, problem } from '../problem.ts';
import type { Reply } from '../reply.ts';
import { isDecodable } from './percent-encoding.ts';

/** The scheme and the authority of an absolute target. */
const ORIGIN = /^https?:\/\/[^/?#]+/i;

/**
 * Turns the absolute form (`GET http://host/path`), which every server has to take (RFC 9112, section 3.2.2), into the
 * plain one. The path stays as it was sent: resolving `..` in it would make it another.
 * @returns the answer where the request's target or its Host is no good
 */
export function refuseTarget(request: IncomingMessage): Reply | undefined {
  const { url = '', headers, httpVersionMajor, httpVersionMinor } = request;
  if (headers.host === undefined && httpVersionMajor === 1 && httpVersionMinor > 0) {
    return problem(MALFORMED_REQUEST, 'header Host must be there (RFC 9112, section 3.2)');
  }
  if (url.startsWith('/')) return undefined;
  const [origin] = ORIGIN.exec(url) ?? [];
  if (origin === undefined || !URL.canParse(origin)) {
    return problem(MALFORMED_REQUEST, `the request target must be a path, got ${quoted(url)}`);
  }
  const target = url.slice(origin.length);
  request.url = target.startsWith('/') ? target : `/${target}`;
  return undefined;
}

/** The path of a request's target, as it was sent. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

/** The answer to a path of which no one can say which text it means; the router would take it in its own way. */
export function refusePath(path: string): Reply | undefined {
  if (isDecodable(path)) return undefined;
  return problem(MALFORMED_REQUEST, `the path must be percent-encoded UTF-8, got ${quoted(path)}`);
}
