import { backoffDelayMs, pause } from '@sluice/core';
import { Client, type ClientConfig } from 'pg';
import { CHANNEL, type Notice } from './notifier.ts';

/**
 * Listens to what writers notify, on a connection of its own that is opened anew whenever it is lost. What was missed
 * meanwhile is not told; a new connection counts as a notice of everything.
 */
export class Listener implements AsyncDisposable {
  readonly #config: ClientConfig;
  readonly #onNotice: (notice: Notice) => void;
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;

  constructor(config: ClientConfig, onNotice: (notice: Notice) => void) {
    this.#config = config;
    this.#onNotice = onNotice;
  }

  /** Opens the connection, unless that was done before. */
  start(): void {
    this.#running ??= this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const wasOpen = await this.#listen();
      if (wasOpen) attempt = 0;
      await pause(backoffDelayMs(attempt), signal);
    }
  }

  /** Resolves when the connection is over, and says whether it ever was. */
  async #listen(): Promise<boolean> {
    const client = new Client(this.#config);
    const over = Promise.withResolvers<void>();
    client.on('error', () => over.resolve());
    client.on('end', () => over.resolve());
    client.on('notification', ({ payload }) => this.#onNotice(payload === 'registry' ? 'registry' : 'outcomes'));
    const { signal } = this.#ending;
    const end = (): void => over.resolve();
    signal.addEventListener('abort', end, { once: true });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.#onNotice('registry');
      await over.promise;
      return true;
    } catch {
      return false;
    } finally {
      signal.removeEventListener('abort', end);
      await client.end().catch(() => undefined);
    }
  }
}
