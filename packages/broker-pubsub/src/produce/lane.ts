import { SluiceError } from '@sluice/core';
import type { PendingMessage } from './pending-message.ts';

/** Messages that go out in one request, and the means to give it up. */
export interface Batch {
  readonly lane: Lane;
  readonly messages: readonly PendingMessage[];
  readonly givenUp: AbortController;
}

export interface BatchLimits {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * Messages of one topic and ordering key on their way to the broker. A request may hold one ordering key only. With a
 * key, one request at a time is under way, so that no try overtakes another; without, several.
 */
export class Lane {
  readonly topic: string;
  readonly orderingKey: string;
  readonly #maxRequests: number;
  readonly #waiting = new Set<PendingMessage>();
  readonly #underWay = new Set<Batch>();
  /** Whether it waits for its turn to send. */
  scheduled = false;
  /** What was last said of a message of it that is not in the log yet. */
  lastError: SluiceError | null = null;

  constructor(topic: string, orderingKey: string, maxRequestsWithoutKey: number) {
    this.topic = topic;
    this.orderingKey = orderingKey;
    this.#maxRequests = orderingKey === '' ? maxRequestsWithoutKey : 1;
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#underWay.size === 0;
  }

  get canSend(): boolean {
    return this.#waiting.size > 0 && this.#underWay.size < this.#maxRequests;
  }

  add(message: PendingMessage): void {
    this.#waiting.add(message);
  }

  take({ messages, bytes }: BatchLimits): Batch {
    const taken: PendingMessage[] = [];
    let size = 0;
    for (const message of this.#waiting) {
      size += message.size;
      if (taken.length === messages || (size > bytes && taken.length > 0)) break;
      taken.push(message);
      this.#waiting.delete(message);
    }
    const batch = { lane: this, messages: taken, givenUp: new AbortController() };
    this.#underWay.add(batch);
    return batch;
  }

  done(batch: Batch): void {
    this.#underWay.delete(batch);
  }

  /** Forgets messages that are settled, and gives up requests that hold no others. */
  sweep(): void {
    for (const message of this.#waiting) if (message.settled) this.#waiting.delete(message);
    for (const { messages, givenUp } of this.#underWay) {
      if (messages.every(({ settled }) => settled)) givenUp.abort();
    }
  }

  /**
   * Where a message of a key is not in the log for all that is known, those behind it are not sent: their sender would
   * put the first one in behind them when it tries again.
   */
  failBehind(cause: SluiceError): void {
    if (this.orderingKey === '') return;
    const error = new SluiceError(
      'unavailable',
      `a message in front of this one, under the same ordering key, is not confirmed: ${cause.message}`,
      { cause },
    );
    for (const { messages } of this.#underWay) for (const message of messages) message.failed(error);
    for (const message of this.#waiting) message.failed(error);
    this.sweep();
  }
}
