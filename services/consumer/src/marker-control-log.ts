import { randomUUID } from 'node:crypto';
import {
  type BackoffOptions,
  type BrokerAdmin,
  backoffDelayMs,
  isRetryable,
  type Publisher,
  pause,
  SluiceError,
  type StoreWatch,
} from '@sluice/core';
import { markerCommand } from '@sluice/streams';
import type { ControlLog } from './control-log.ts';

export interface MarkerControlLogOptions {
  readonly admin: Pick<BrokerAdmin, 'ensureSubscriptions'>;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly watch: Pick<StoreWatch, 'outcome'>;
  /** Of the control stream. */
  readonly topic: string;
  readonly group: string;
  readonly signal: AbortSignal;
  /** How long whoever asks waits at a time. Default 5 s. */
  readonly waitMs?: number;
  /** After which a marker that has not come back is sent again: somebody may have sought past it. Default 30 s. */
  readonly resendAfterMs?: number;
}

const BACKOFF: BackoffOptions = { baseMs: 50, maxMs: 2_000 };

/**
 * For a broker without offsets, where nothing says how much lies in the log: a marker of one's own, put behind all that
 * is there, has an outcome once all of that is projected, by whichever member of whichever group. The control stream is on
 * one key, so that its records are projected in their order.
 *
 * One marker at most is under way, however many ask and however long an outage lasts: those who ask while one is share
 * the next, since the one under way may lie before what they ask for.
 */
export class MarkerControlLog implements ControlLog {
  readonly #options: MarkerControlLogOptions;
  #last: Promise<void> = Promise.resolve();
  /** Not put into the log yet. */
  #next: Promise<void> | undefined;
  #obstacle = '';
  #isSubscribed = false;

  constructor(options: MarkerControlLogOptions) {
    this.#options = options;
  }

  async requireRead(): Promise<void> {
    const { topic, signal, waitMs = 5_000 } = this.#options;
    const answered = new AbortController();
    const late = pause(waitMs, AbortSignal.any([signal, answered.signal])).then(() => true);
    try {
      if (!(await Promise.race([this.#upcoming(), late]))) return;
    } finally {
      answered.abort();
    }
    const why = this.#obstacle && `: ${this.#obstacle}`;
    throw new SluiceError('unavailable', `what ${topic} holds has to be projected first, and is not yet${why}`);
  }

  /** Resolves when the marker that is sent next has come back. */
  #upcoming(): Promise<void> {
    if (this.#next) return this.#next;
    const next = this.#last.then(() => {
      this.#next = undefined;
      return this.#bringBack(randomUUID());
    });
    this.#next = next;
    // Whoever waits for it hears of a rejection.
    this.#last = next.catch(() => {});
    return next;
  }

  /** @throws what no waiting mends */
  async #bringBack(commandId: string): Promise<void> {
    const { signal } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#send(commandId);
        this.#obstacle = '';
        if (await this.#hasComeBack(commandId)) return;
        attempt = 0;
      } catch (error) {
        if (!(error instanceof Error && isRetryable(error))) throw error;
        this.#obstacle = error.message;
        // Sent or not: it may be in the log, and is the same marker when it is sent again.
        await pause(backoffDelayMs(attempt, BACKOFF), signal);
      }
    }
    throw new SluiceError('closed', 'the consumer ends');
  }

  async #send(commandId: string): Promise<void> {
    const { admin, publisher, topic, group } = this.#options;
    // What is sent before there is a subscription may never be delivered.
    if (!this.#isSubscribed) await admin.ensureSubscriptions({ group, topics: [topic] });
    this.#isSubscribed = true;
    const correlationId = randomUUID();
    const marker = markerCommand({ topic, commandId, acceptedAtMs: Date.now(), correlationId });
    const [result] = await publisher.publish([marker]);
    if (result?.kind === 'failed') throw result.error;
  }

  async #hasComeBack(commandId: string): Promise<boolean> {
    const { watch, signal, resendAfterMs = 30_000 } = this.#options;
    const lost = new AbortController();
    const timer = setTimeout(() => lost.abort(), resendAfterMs);
    const ending = AbortSignal.any([signal, lost.signal]);
    try {
      for (let attempt = 0; !ending.aborted; attempt++) {
        try {
          if (await watch.outcome(commandId, ending)) return true;
        } catch (error) {
          if (!(error instanceof Error && isRetryable(error))) throw error;
          this.#obstacle = error.message;
          await pause(backoffDelayMs(attempt, BACKOFF), ending);
        }
      }
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
