import { status } from '@grpc/grpc-js';
import { type ErrorCode, SluiceError } from '@sluice/core';

/**
 * What the codes of gRPC mean to Sluice, and whether the same request may succeed later
 * (https://cloud.google.com/pubsub/docs/reference/error-codes).
 */
const MEANING_OF_CODE: ReadonlyMap<unknown, ErrorCode> = new Map<number, ErrorCode>([
  [status.CANCELLED, 'unavailable'],
  [status.UNKNOWN, 'unavailable'],
  [status.INVALID_ARGUMENT, 'misconfigured'],
  [status.DEADLINE_EXCEEDED, 'unavailable'],
  // A topic or subscription that is not made yet, or was deleted: others make it.
  [status.NOT_FOUND, 'unavailable'],
  [status.ALREADY_EXISTS, 'misconfigured'],
  [status.PERMISSION_DENIED, 'unauthorized'],
  // A quota, which time refills.
  [status.RESOURCE_EXHAUSTED, 'unavailable'],
  [status.FAILED_PRECONDITION, 'misconfigured'],
  [status.ABORTED, 'unavailable'],
  [status.OUT_OF_RANGE, 'misconfigured'],
  [status.UNIMPLEMENTED, 'misconfigured'],
  [status.INTERNAL, 'unavailable'],
  [status.UNAVAILABLE, 'unavailable'],
  [status.DATA_LOSS, 'unavailable'],
  [status.UNAUTHENTICATED, 'unauthorized'],
]);

/** What gRPC's own limits and the service say about a request that is too long, under codes that mean other things too. */
const TOO_LARGE = /larger than max|exceeds the limit|too (large|long|big)/i;

/** What google-auth-library says where there are no credentials, or none that can be read. */
const NO_CREDENTIALS = /credential|keyfile|ENOENT|private key|PEM/i;

/** An error of the client, in Sluice's terms; an error of ours passes unchanged. */
export function fromGrpc(error: unknown, doing: string): SluiceError {
  if (error instanceof SluiceError) return error;
  return new SluiceError(meaningOf(error), `${doing}: ${textOf(error)}`, { cause: error });
}

/** The same for an error about messages: an argument that is refused is what was sent, not how Sluice was set up. */
export function fromPublish(error: unknown, doing: string): SluiceError {
  if (!hasCode(error, status.INVALID_ARGUMENT, status.FAILED_PRECONDITION)) return fromGrpc(error, doing);
  const meaning = TOO_LARGE.test(textOf(error)) ? 'too-large' : 'invalid-data';
  return new SluiceError(meaning, `${doing}: ${textOf(error)}`, { cause: error });
}

export function hasCode(error: unknown, ...codes: readonly status[]): boolean {
  const code = codeOf(error);
  return codes.some((each) => each === code);
}

function meaningOf(error: unknown): ErrorCode {
  const code = codeOf(error);
  if (code === status.RESOURCE_EXHAUSTED && TOO_LARGE.test(textOf(error))) return 'too-large';
  const meaning = MEANING_OF_CODE.get(code);
  if (meaning) return meaning;
  return NO_CREDENTIALS.test(textOf(error)) ? 'unauthorized' : 'unavailable';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Without the code in front, which grpc-js puts there. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { details } = error as Error & { readonly details?: unknown };
  return typeof details === 'string' && details !== '' ? details : error.message;
}
