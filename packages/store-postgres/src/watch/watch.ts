import { type CommandOutcome, pause, SluiceError, type StoreWatch } from '@sluice/core';
import type { ClientConfig, Pool } from 'pg';
import { translated } from '../errors.ts';
import { outcomesOf } from '../read/outcomes.ts';
import { Listener } from './listener.ts';
import type { Notice } from './notifier.ts';

const MAX_WAITERS = 1_000;
/** Questions for what notices missed. */
const ASK_EVERY_MS = 1_000;
/** The least time between two questions: under load notices come far more often than anybody can use. */
const REST_MS = 10;

interface Waiter {
  readonly commandId: string;
  readonly resolve: (outcome: CommandOutcome | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** All who wait share one connection that listens, and one question at a time. */
export class PostgresWatch implements StoreWatch, AsyncDisposable {
  readonly #pool: Pool;
  readonly #listener: Listener;
  readonly #waiters = new Set<Waiter>();
  readonly #registryCallbacks = new Set<() => void>();
  readonly #ending = new AbortController();
  #asking: Promise<void> = Promise.resolve();
  #isAsking = false;
  #askAgain = false;

  constructor(pool: Pool, config: ClientConfig) {
    this.#pool = pool;
    this.#listener = new Listener(config, (notice) => this.#onNotice(notice));
  }

  async outcome(commandId: string, signal: AbortSignal): Promise<CommandOutcome | undefined> {
    if (this.#ending.signal.aborted) throw closed();
    if (this.#waiters.size >= MAX_WAITERS) {
      throw new SluiceError('overloaded', `at most ${MAX_WAITERS} may wait for outcomes at once`);
    }
    this.#listener.start();
    const { promise, resolve, reject } = Promise.withResolvers<CommandOutcome | undefined>();
    const waiter = { commandId, resolve, reject };
    const giveUp = (): void => resolve(undefined);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiters.add(waiter);
    if (signal.aborted) giveUp();
    else this.#ask();
    try {
      return await promise;
    } finally {
      this.#waiters.delete(waiter);
      signal.removeEventListener('abort', giveUp);
    }
  }

  onRegistryChange(callback: () => void): Disposable {
    this.#listener.start();
    this.#registryCallbacks.add(callback);
    return { [Symbol.dispose]: () => void this.#registryCallbacks.delete(callback) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    for (const { reject } of this.#waiters) reject(closed());
    await this.#listener[Symbol.asyncDispose]();
    await this.#asking;
  }

  #onNotice(notice: Notice): void {
    if (notice === 'registry') for (const callback of this.#registryCallbacks) callback();
    if (this.#waiters.size > 0) this.#ask();
  }

  #ask(): void {
    this.#askAgain = true;
    if (!this.#isAsking) this.#asking = this.#askWhileWaiting();
  }

  async #askWhileWaiting(): Promise<void> {
    const { signal } = this.#ending;
    let askedAt = 0;
    this.#isAsking = true;
    while (this.#waiters.size > 0 && !signal.aborted) {
      if (this.#askAgain || performance.now() - askedAt >= ASK_EVERY_MS) {
        this.#askAgain = false;
        askedAt = performance.now();
        await this.#askOnce();
      }
      await pause(REST_MS, signal);
    }
    // In the same turn as the last look at the waiters: one who comes later begins anew.
    this.#isAsking = false;
  }

  async #askOnce(): Promise<void> {
    const waiting = [...this.#waiters];
    try {
      const ids = [...new Set(waiting.map(({ commandId }) => commandId))];
      const found = await translated(() => outcomesOf(this.#pool, ids));
      const byId = new Map(found.map((outcome) => [outcome.id, outcome]));
      for (const { commandId, resolve } of waiting) {
        const outcome = byId.get(commandId);
        if (outcome) resolve(outcome);
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

const closed = (): SluiceError => new SluiceError('closed', 'the store was closed');
