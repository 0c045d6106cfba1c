import type { Pool } from 'pg';

/** What is told to whoever listens: that commands have outcomes, and that the registry was changed as well. */
export const CHANNEL = 'sluice';
export type Notice = 'outcomes' | 'registry';

/** The least time between two notices. */
const REST_MS = 10;

/**
 * Tells listeners after a commit that there is something to look at. Never inside a transaction, where it would make
 * commits wait for each other, and many commits share a notice. One that is lost is made up for by the listeners' own
 * question once a second.
 */
export class Notifier implements AsyncDisposable {
  readonly #pool: Pool | null;
  #wanted: Notice | undefined;
  #telling: Promise<void> = Promise.resolve();
  #isTelling = false;

  /** @param pool null: nobody is told */
  constructor(pool: Pool | null) {
    this.#pool = pool;
  }

  notify(notice: Notice): void {
    if (!this.#pool) return;
    if (this.#wanted !== 'registry') this.#wanted = notice;
    if (!this.#isTelling) this.#telling = this.#tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#telling;
  }

  async #tell(): Promise<void> {
    this.#isTelling = true;
    while (this.#wanted) {
      const notice = this.#wanted;
      this.#wanted = undefined;
      await this.#pool?.query('select pg_notify($1, $2)', [CHANNEL, notice]).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
    // In the same turn as the last look at what is wanted: what is wanted later begins anew.
    this.#isTelling = false;
  }
}
