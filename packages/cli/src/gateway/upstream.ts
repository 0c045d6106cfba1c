/** The services behind the gateway. */
export type Upstream = 'ingest' | 'query';

/** What query serves, each path as its router matches it: exactly, case and trailing slash included. */
const READ_PATHS = [
  /^\/api\/v1\/timestamp\/[^/]+$/,
  /^\/api\/(?:v1\/)?events\/?$/,
  /^\/api\/v1\/streams\/[^/]+\/[^/]+$/,
  /^\/api\/v1\/commands\/[^/]+$/,
  /^\/api\/v1\/dead-letters(?:\/.*)?$/,
];

/**
 * Who answers a request: query what is looked up, ingest everything else, errors for unknown paths and the operators'
 * routes included.
 * @param target as it stands in the request line
 */
export function upstreamOf(method: string, target: string): Upstream {
  if (method !== 'GET' && method !== 'HEAD') return 'ingest';
  const path = pathOf(target);
  return READ_PATHS.some((pattern) => pattern.test(path)) ? 'query' : 'ingest';
}

/** Without the query, and without what the absolute form (RFC 9112, section 3.2.2) has before it. */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
}
