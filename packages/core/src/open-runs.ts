import { SluiceError } from './errors.ts';

/** What a subscriber has under way: closing it ends every run as its own signal would, and waits for all of them. */
export class OpenRuns implements AsyncDisposable {
  readonly #closing = new AbortController();
  readonly #runs = new Set<Promise<void>>();

  /** Aborts when it is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** @throws SluiceError `closed` where it was closed before, and whatever the work throws */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.closing.aborted) throw new SluiceError('closed', 'the broker was closed');
    const run = work();
    this.#runs.add(run);
    try {
      await run;
    } finally {
      this.#runs.delete(run);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#runs);
  }
}
