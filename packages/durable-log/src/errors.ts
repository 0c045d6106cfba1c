export type LogErrorCode = 'out-of-range' | 'no-space' | 'broken' | 'corrupt' | 'closed';

/** What a log refuses or cannot do; `code` tells callers apart what `message` tells people. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
