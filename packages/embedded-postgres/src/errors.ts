export type EmbeddedPostgresErrorCode =
  /** The port is taken by somebody else. */
  | 'port-taken'
  /** The data directory is served by another process that is still looked after. */
  | 'already-running'
  /** No binaries for this platform, or they could not be found. */
  | 'no-binaries'
  /** The data directory cannot be used: foreign files, another major version, an owner that is not the caller. */
  | 'data-unusable'
  /** Superuser rights could not be dropped to an account that PostgreSQL agrees to run as. */
  | 'no-account'
  /** PostgreSQL ended before it was ready, or was not ready in time. */
  | 'start-failed'
  /** The caller's signal aborted the start. */
  | 'aborted';

/** An error whose `message` is fit for an operator's eyes. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
