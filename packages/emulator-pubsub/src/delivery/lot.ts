import type { ReceivedMessage } from './delivery.ts';
import type { Taker } from './takers.ts';

/** As the real service's answers: so many messages or bytes at once, whichever comes first. */
export const largestLot = 1_000;
const largestLotBytes = 1024 * 1024;

/** What one taker gets in one answer. */
export class Lot {
  readonly taker: Taker;
  /** One time for all, in ms since the epoch. */
  readonly leasedUntilMs: number;
  readonly #maxMessages: number;
  #bytes = 0;
  readonly messages: ReceivedMessage[] = [];

  constructor(taker: Taker, maxMessages: number, leasedUntilMs: number) {
    this.taker = taker;
    this.#maxMessages = Math.min(maxMessages, largestLot);
    this.leasedUntilMs = leasedUntilMs;
  }

  get isOpen(): boolean {
    return this.messages.length < this.#maxMessages && this.#bytes < largestLotBytes && this.taker.hasRoom;
  }

  add(received: ReceivedMessage): void {
    this.messages.push(received);
    this.#bytes += received.message.encoded.length;
  }

  /** Turns the first so many around. */
  reverse(count: number): void {
    this.messages.unshift(...this.messages.splice(0, count).reverse());
  }
}
