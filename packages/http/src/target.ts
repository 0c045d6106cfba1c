import type { IncomingMessage } from 'node:http';
import { quoted } from '@sluice/core';
import { MALFORMED_REQUEST, problem } from './problem.ts';
import type { Reply } from './reply.ts';

/**
 * Checks what the router would otherwise read leniently, and turns the absolute form (`GET http://host/path`), which
 * every server has to take (RFC 9112, section 3.2.2), into the plain one.
 * @returns the answer where the request's target or its Host is no good
 */
export function refuseTarget(request: IncomingMessage): Reply | undefined {
  const { url = '', headers, httpVersionMajor, httpVersionMinor } = request;
  if (headers.host === undefined && httpVersionMajor === 1 && httpVersionMinor > 0) {
    return problem(MALFORMED_REQUEST, 'header Host must be there (RFC 9112, section 3.2)');
  }
  if (!url.startsWith('/')) return rewriteAbsolute(request, url);
  if (url.includes('%') && !isDecodable(pathOf(url))) {
    return problem(MALFORMED_REQUEST, `the path must be percent-encoded UTF-8, got ${quoted(pathOf(url))}`);
  }
  return undefined;
}

/** The path of a request's target, as it was sent. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

function rewriteAbsolute(request: IncomingMessage, url: string): Reply | undefined {
  const parsed = /^https?:\/\//i.test(url) ? URL.parse(url) : null;
  if (!parsed) return problem(MALFORMED_REQUEST, `the request target must be a path, got ${quoted(url)}`);
  request.url = parsed.pathname + parsed.search;
  return refuseTarget(request);
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
