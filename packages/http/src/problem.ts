import { type ErrorCode, SluiceError } from '@sluice/core';
import type { Reply } from './reply.ts';

/** A sort of failure that a client can tell apart by its `type`, which never changes. */
export interface ProblemKind {
  readonly status: number;
  /** The last part of the type's URI. */
  readonly name: string;
  readonly title: string;
}

/** What rides along with a problem. */
export interface ProblemExtras {
  /** Further members beside those of RFC 9457; the old systems' own fields ride along so. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

const RETRY_AFTER_SECONDS = 1;

/** The URI that tells a client which kind of problem it has. */
export const problemType = ({ name }: ProblemKind): string => `urn:sluice:problem:${name}`;

/**
 * A failure as `application/problem+json` (https://www.rfc-editor.org/rfc/rfc9457).
 * @param detail names the field, the rule and the value received; never a stack, SQL or a driver's text
 */
export function problem(kind: ProblemKind, detail: string, { extensions, headers, cause }: ProblemExtras = {}): Reply {
  const { status, title } = kind;
  const allHeaders =
    status === 503 || status === 429 ? { 'Retry-After': String(RETRY_AFTER_SECONDS), ...headers } : headers;
  return {
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: problemType(kind), title, status, detail, ...extensions }),
    ...(allHeaders && { headers: allHeaders }),
    ...(cause !== undefined && { cause }),
  };
}

/** What a problem says, RFC 9457's members and further ones. */
export interface ProblemBody {
  readonly detail: string;
  readonly [extension: string]: unknown;
}

/** The problem with further members, or others in the stead of its own; one that becomes undefined goes away. */
export function withMembers(
  reply: Reply,
  membersOf: (problem: ProblemBody) => Readonly<Record<string, unknown>>,
): Reply {
  const body = JSON.parse(reply.body) as ProblemBody;
  return { ...reply, body: JSON.stringify({ ...body, ...membersOf(body) }) };
}

export const MALFORMED_REQUEST: ProblemKind = { status: 400, name: 'malformed-request', title: 'Malformed request' };
export const INVALID_CORRELATION_ID: ProblemKind = {
  status: 400,
  name: 'invalid-correlation-id',
  title: 'Invalid correlation id',
};
export const INVALID_IDEMPOTENCY_KEY: ProblemKind = {
  status: 400,
  name: 'invalid-idempotency-key',
  title: 'Invalid idempotency key',
};
export const MALFORMED_JSON: ProblemKind = { status: 400, name: 'malformed-json', title: 'Malformed JSON' };
export const MALFORMED_FORM: ProblemKind = { status: 400, name: 'malformed-form', title: 'Malformed form' };
export const INVALID_BODY: ProblemKind = { status: 400, name: 'invalid-body', title: 'Invalid body' };
export const INVALID_PARAMETER: ProblemKind = { status: 400, name: 'invalid-parameter', title: 'Invalid parameter' };
export const INVALID_ID: ProblemKind = { status: 400, name: 'invalid-id', title: 'Invalid id' };
export const INVALID_DATA: ProblemKind = { status: 400, name: 'invalid-data', title: 'Invalid data' };
export const NOT_FOUND: ProblemKind = { status: 404, name: 'not-found', title: 'Not found' };
export const METHOD_NOT_ALLOWED: ProblemKind = { status: 405, name: 'method-not-allowed', title: 'Method not allowed' };
export const REQUEST_TIMEOUT: ProblemKind = { status: 408, name: 'request-timeout', title: 'Request timeout' };
export const CONFLICT: ProblemKind = { status: 409, name: 'conflict', title: 'Conflict' };
export const TOO_LARGE: ProblemKind = { status: 413, name: 'too-large', title: 'Too large' };
export const UNSUPPORTED_MEDIA_TYPE: ProblemKind = {
  status: 415,
  name: 'unsupported-media-type',
  title: 'Unsupported media type',
};
export const EXPECTATION_FAILED: ProblemKind = { status: 417, name: 'expectation-failed', title: 'Expectation failed' };
export const TOO_MANY_REQUESTS: ProblemKind = { status: 429, name: 'too-many-requests', title: 'Too many requests' };
export const HEADERS_TOO_LARGE: ProblemKind = { status: 431, name: 'headers-too-large', title: 'Headers too large' };
/** Of a client that did not wait for its answer; the status is that of common proxies. */
export const CLIENT_GONE: ProblemKind = { status: 499, name: 'client-gone', title: 'Client gone' };
export const INTERNAL: ProblemKind = { status: 500, name: 'internal', title: 'Internal error' };
export const UNAVAILABLE: ProblemKind = { status: 503, name: 'unavailable', title: 'Unavailable' };
export const OVERLOADED: ProblemKind = { status: 503, name: 'overloaded', title: 'Overloaded' };
export const NOT_READY: ProblemKind = { status: 503, name: 'not-ready', title: 'Not ready' };

const DOWN = 'something that this service depends on does not answer; try again later';
const MISSET = 'the service is not set up rightly; its operator has to act';

/** What a client is told of each error. The error's own message is for operators, and stays in the log. */
const OF_CODE = {
  unavailable: { kind: UNAVAILABLE, detail: DOWN },
  contention: { kind: UNAVAILABLE, detail: DOWN },
  overloaded: { kind: OVERLOADED, detail: 'more is waiting than can be taken on; try again later' },
  'invalid-data': { kind: INVALID_DATA, detail: 'the data cannot be stored as it is' },
  'position-conflict': { kind: UNAVAILABLE, detail: DOWN },
  'generation-changed': { kind: UNAVAILABLE, detail: DOWN },
  'log-mismatch': { kind: INTERNAL, detail: MISSET },
  'log-truncated': { kind: INTERNAL, detail: MISSET },
  'too-large': { kind: TOO_LARGE, detail: 'the event is larger than the broker takes' },
  unauthorized: { kind: UNAVAILABLE, detail: MISSET },
  misconfigured: { kind: UNAVAILABLE, detail: MISSET },
  closed: { kind: UNAVAILABLE, detail: 'the service is shutting down' },
} as const satisfies Record<ErrorCode, { readonly kind: ProblemKind; readonly detail: string }>;

/** The answer to an error that was thrown. One of unknown origin tells nothing but that it happened. */
export function problemOf(error: unknown, extensions?: ProblemExtras['extensions']): Reply {
  const { kind, detail } =
    error instanceof SluiceError ? OF_CODE[error.code] : { kind: INTERNAL, detail: 'the service failed' };
  return problem(kind, detail, { cause: error, ...(extensions && { extensions }) });
}
