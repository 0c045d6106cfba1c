import type { Clock } from '@sluice/durable-log';
import type { SubscriptionFaults } from '../faults.ts';
import type { ReceivedMessage } from './delivery.ts';
import { Lot, largestLot } from './lot.ts';
import type { Supply } from './supply.ts';
import type { Taker } from './takers.ts';

export interface TakeRequest {
  readonly taker: Taker;
  readonly maxMessages: number;
  /** Asked when the messages are found. */
  readonly ackDeadlineMs: () => number;
  readonly isStream: boolean;
  /** Whether to answer with none where there is nothing now. */
  readonly isImpatient: boolean;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly request: TakeRequest;
  readonly settle: (messages: readonly ReceivedMessage[]) => void;
  readonly fail: (error: unknown) => void;
}

const none: readonly ReceivedMessage[] = [];

/**
 * Who waits for messages, the longest first. Once in a turn of the event loop, and only after something has happened,
 * each of them gets at most one lot: so publishes that arrive together are delivered together, streams take turns, and
 * one that asks again and again does not keep the sockets from being served.
 */
export class Dispatcher {
  readonly #clock: Clock;
  readonly #supply: Supply;
  readonly #faults: SubscriptionFaults;
  readonly #waiting = new Set<Waiting>();
  #turn: NodeJS.Immediate | null = null;
  #isClosed = false;

  constructor(clock: Clock, supply: Supply, faults: SubscriptionFaults) {
    this.#clock = clock;
    this.#supply = supply;
    this.#faults = faults;
  }

  take(request: TakeRequest): Promise<readonly ReceivedMessage[]> {
    const { signal } = request;
    if (signal.aborted) return Promise.resolve(none);
    // Not at once: one that does not know yet and asks again and again must not keep the event loop from turning.
    if (this.#isClosed) return new Promise((resolve) => setImmediate(resolve, none));
    return new Promise((resolve, reject) => {
      const abort = () => waiting.settle(none);
      const finish = () => {
        this.#waiting.delete(waiting);
        signal.removeEventListener('abort', abort);
      };
      const waiting: Waiting = {
        request,
        settle: (messages) => {
          finish();
          resolve(messages);
        },
        fail: (error) => {
          finish();
          reject(error);
        },
      };
      signal.addEventListener('abort', abort);
      this.#waiting.add(waiting);
      this.wake();
    });
  }

  /** Something may be had now that was not before. */
  wake(): void {
    if (this.#turn !== null || this.#waiting.size === 0) return;
    this.#turn = setImmediate(() => {
      this.#turn = null;
      this.#serve();
    });
  }

  /** Answers the taker with none. */
  release(taker: Taker): void {
    for (const waiting of this.#waiting) if (waiting.request.taker === taker) waiting.settle(none);
  }

  failAll(error: unknown): void {
    for (const waiting of this.#waiting) waiting.fail(error);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    for (const waiting of this.#waiting) waiting.settle(none);
  }

  #serve(): void {
    this.#supply.beginTurn();
    const able = [...this.#waiting].filter(({ request }) => this.#isAble(request));
    // A few messages are shared among those who wait, instead of all going to the first.
    const share = able.length === 1 ? largestLot : Math.max(1, Math.ceil(this.#supply.available / able.length));
    const nowMs = this.#clock.now();
    for (const waiting of able) {
      const { request } = waiting;
      const lot = new Lot(request.taker, Math.min(request.maxMessages, share), nowMs + request.ackDeadlineMs());
      this.#supply.fill(lot);
      if (lot.messages.length > 0 || (request.isImpatient && !this.#supply.isUnfinished)) waiting.settle(lot.messages);
    }
    this.#supply.endTurn();
    if (this.#supply.hasPassedEnough) this.wake();
  }

  #isAble({ isStream, taker }: TakeRequest): boolean {
    return taker.hasRoom && !(isStream && this.#faults.isStalled);
  }
}
