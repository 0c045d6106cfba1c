import type { Clock } from '@sluice/durable-log';
import type { StoredMessage } from '../storage/storage.ts';
import { Deadlines } from './deadlines.ts';
import { Delivered, type OrderingKey } from './delivered.ts';
import type { Taker } from './takers.ts';

/**
 * All that was delivered and is not acknowledged: who has it until when, or when it comes again. As large as what was
 * delivered, never as the backlog.
 */
export class Leases {
  readonly #clock: Clock;
  readonly #byOffset = new Map<number, Delivered>();
  readonly #deadlines: Deadlines<Delivered>;
  #lastLease = 0;

  constructor(clock: Clock, onDue: (due: Delivered[]) => void) {
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock, onDue);
  }

  /** The number of the latest lease of all. */
  get lastLease(): number {
    return this.#lastLease;
  }

  get(offset: number): Delivered | undefined {
    return this.#byOffset.get(offset);
  }

  all(): Iterable<Delivered> {
    return this.#byOffset.values();
  }

  /** Hands the message to the taker until then, in ms since the epoch. */
  begin(message: StoredMessage, key: OrderingKey | null, taker: Taker, untilMs: number): Delivered {
    const { offset } = message;
    let delivered = this.#byOffset.get(offset);
    if (delivered === undefined) {
      delivered = new Delivered(offset, message.encoded.length, key);
      this.#byOffset.set(offset, delivered);
    }
    this.#lastLease += 1;
    delivered.lease = this.#lastLease;
    delivered.status = 'leased';
    delivered.taker = taker;
    taker.took(delivered.bytes);
    key?.take(delivered, taker.group);
    this.extend(delivered, untilMs);
    return delivered;
  }

  extend(delivered: Delivered, untilMs: number): void {
    delivered.deadlineMs = untilMs;
    // What is being confirmed cannot expire, unless the disk refuses it.
    if (delivered.status === 'leased') this.#deadlines.set(delivered, delivered.deadlineMs);
  }

  /** Nobody has it any more. It is to be delivered again, unless its status is changed to something else. */
  end(delivered: Delivered): void {
    delivered.taker?.released(delivered.bytes);
    delivered.taker = null;
    delivered.key?.outstanding.delete(delivered);
    delivered.status = 'ready';
    this.#deadlines.remove(delivered);
  }

  /** Lets it rest before it comes again. */
  wait(delivered: Delivered, backoffMs: number): void {
    delivered.status = 'waiting';
    this.#deadlines.set(delivered, this.#clock.now() + backoffMs);
  }

  /** The lease's end is put off until its acknowledgement is durable. */
  confirm(delivered: Delivered): void {
    delivered.status = 'confirming';
    this.#deadlines.remove(delivered);
    delivered.key?.confirm(delivered);
  }

  /** The acknowledgement failed: the lease goes on, or ends at once where its time has passed meanwhile. */
  restore(delivered: Delivered): void {
    delivered.status = 'leased';
    delivered.key?.restore(delivered);
    this.#deadlines.set(delivered, delivered.deadlineMs);
  }

  /** It is acknowledged, or gone. */
  forget(delivered: Delivered): void {
    if (delivered.status === 'confirming') delivered.key?.confirmed();
    this.end(delivered);
    delivered.status = 'ended';
    this.#byOffset.delete(delivered.offset);
  }

  clear(): void {
    for (const delivered of this.#byOffset.values()) {
      delivered.taker?.released(delivered.bytes);
      delivered.status = 'ended';
    }
    this.#byOffset.clear();
    this.#deadlines.clear();
  }
}
