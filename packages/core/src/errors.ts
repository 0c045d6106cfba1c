/**
 * What can go wrong in Sluice, as a closed set. `retryable` says whether the same call may succeed later without anybody
 * changing it: the projection loop waits for those and gives up on the others, and HTTP answers 503 or 4xx by them.
 */
export const ERROR_CODES = {
  /** A broker, a store or the way to it is down or too slow. */
  unavailable: { retryable: true },
  /** The store aborted the transaction for concurrency's sake (serialization failure, deadlock). */
  contention: { retryable: true },
  /** More work is queued than is allowed to be. */
  overloaded: { retryable: true },
  /** Data that can never be stored as it is: a constraint, a type, a size. */
  'invalid-data': { retryable: false },
  /** The stored position is not where the batch began: somebody else projects this partition. */
  'position-conflict': { retryable: false },
  /** The store's generation was replaced (a rebuild was swapped in) while this writer was at work. */
  'generation-changed': { retryable: false },
  /** The log does not hold what the store says was projected from it. */
  'log-mismatch': { retryable: false },
  /** Records that were never projected are gone from the log. */
  'log-truncated': { retryable: false },
  /** A record or request larger than the broker takes. */
  'too-large': { retryable: false },
  /** Not allowed by the broker or the store: credentials, grants. */
  unauthorized: { retryable: false },
  /** A setting that cannot work. */
  misconfigured: { retryable: false },
  /** Used after it was closed. */
  closed: { retryable: false },
} as const satisfies Record<string, { readonly retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error whose `message` is fit for an operator's eyes; a driver's own error is its `cause`, for logs only. */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** Whether an error is known to pass by itself. Errors of unknown origin are not. */
export function isRetryable(error: unknown): boolean {
  return error instanceof SluiceError && error.retryable;
}

/**
 * Whether a subscription that met this error should ask anew where to read from, instead of ending: the place was lost
 * (to another writer, to a new generation, to an outage), which a fresh look at the store mends.
 */
export function wantsReassignment(error: unknown): boolean {
  if (!(error instanceof SluiceError)) return false;
  return error.retryable || error.code === 'position-conflict' || error.code === 'generation-changed';
}
