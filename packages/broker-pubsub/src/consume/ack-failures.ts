export interface AckFailures {
  /** What is worth another try. */
  readonly again: readonly string[];
  /** How many will be delivered again whatever is said of them now. */
  readonly lost: number;
}

const TRANSIENT = 'TRANSIENT_';

/**
 * What an error says of each acknowledgement: with exactly-once delivery its ErrorInfo names those that failed, and all
 * others came through (https://cloud.google.com/pubsub/docs/exactly-once-delivery); else it is about all of them.
 * @param retryable whether the error as such passes
 */
export function ackFailures(error: unknown, ackIds: readonly string[], retryable: boolean): AckFailures {
  const failures = errorInfoOf(error);
  const named = ackIds.filter((ackId) => Object.hasOwn(failures, ackId));
  if (named.length === 0) return retryable ? { again: ackIds, lost: 0 } : { again: [], lost: ackIds.length };
  const again = named.filter((ackId) => String(failures[ackId]).startsWith(TRANSIENT));
  return { again, lost: named.length - again.length };
}

function errorInfoOf(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error) || !('errorInfoMetadata' in error)) return {};
  const { errorInfoMetadata } = error;
  return typeof errorInfoMetadata === 'object' && errorInfoMetadata !== null ? { ...errorInfoMetadata } : {};
}
