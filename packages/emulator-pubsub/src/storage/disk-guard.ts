import { LogError } from '@sluice/durable-log';

/** What the operating system answers for want of space or descriptors; trying again later makes sense. */
const EXHAUSTED = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EMFILE', 'ENFILE']);

/** Whether the system had too little of something to do it: nothing is broken, and it may succeed later. */
export const isExhausted = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && EXHAUSTED.has(String(error.code));

/** Tells the owner of a storage, once, that it is of no more use. */
export class DiskGuard {
  readonly #fail: (error: Error) => void;
  #hasFailed = false;

  constructor(fail: (error: Error) => void) {
    this.#fail = fail;
  }

  /** Whatever it is rejected with is passed on. */
  async watch<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  #note(error: unknown): void {
    if (this.#hasFailed || !endsStorage(error)) return;
    this.#hasFailed = true;
    this.#fail(error instanceof Error ? error : new Error(String(error)));
  }
}

function endsStorage(error: unknown): boolean {
  // What a caller asked for cannot be stored; the disk was not asked.
  if (error instanceof RangeError) return false;
  if (!(error instanceof LogError)) {
    return !isExhausted(error);
  }
  switch (error.code) {
    case 'broken':
    case 'corrupt':
      return true;
    case 'no-space':
    case 'out-of-range':
    case 'closed':
      return false;
    default:
      return error.code satisfies never;
  }
}
