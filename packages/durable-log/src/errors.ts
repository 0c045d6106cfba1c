/**
 * - `out-of-range`: the offset is not, or no longer, in the log.
 * - `no-space`: the disk is full, or the process has no file descriptor left. Nothing was kept; a later call may succeed.
 * - `broken`: an I/O error that leaves the state of the disk unknown. The log takes no more appends until it is opened
 *   again; whether those that failed are in it is known only then.
 * - `corrupt`: bytes of the log are damaged or cannot be read.
 * - `closed`: the log was disposed of.
 */
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

const EXHAUSTED = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EMFILE', 'ENFILE']);

/** Whether the operating system refused for want of space or descriptors, so that trying again later makes sense. */
export function isExhaustion(error: unknown): boolean {
  return EXHAUSTED.has(systemCode(error));
}

export function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT';
}

/** Whether the disk could not read what it holds. */
export function isUnreadable(error: unknown): boolean {
  return systemCode(error) === 'EIO';
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** For messages. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
