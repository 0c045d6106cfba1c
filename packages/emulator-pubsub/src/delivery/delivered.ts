import type { Timed } from './deadlines.ts';
import { Deque } from './deque.ts';
import type { Taker, TakerGroup } from './takers.ts';

export type DeliveredStatus =
  /** Somebody has it. */
  | 'leased'
  /** Exactly-once alone: acknowledged, and not yet durably so. */
  | 'confirming'
  /** It came back, and its back-off has not passed. */
  | 'waiting'
  /** To be delivered again. */
  | 'ready'
  /** On its way to the dead-letter topic. */
  | 'forwarding'
  /** Acknowledged, gone, or forgotten in a seek: no more to be said of it. */
  | 'ended';

/** A message from its first delivery until it is acknowledged. Its content stays in the log. */
export class Delivered implements Timed {
  readonly offset: number;
  readonly bytes: number;
  readonly key: OrderingKey | null;
  status: DeliveredStatus = 'ready';
  /** Of its latest delivery. */
  lease = 0;
  /** When that lease ends. */
  deadlineMs = 0;
  taker: Taker | null = null;
  /** How often it was given back or ran out of time. */
  failures = 0;
  /** To be delivered once more, even acknowledged: a fault that a test asked for. */
  isDoubled = false;
  /** Its acknowledgement failed, and its client was told so: whatever the acks say now, it comes again if need be. */
  isUnkept = false;
  dueMs = 0;

  constructor(offset: number, bytes: number, key: OrderingKey | null) {
    this.offset = offset;
    this.bytes = bytes;
    this.key = key;
  }
}

/** A key that has something outstanding or pending. What is outstanding is earlier than all that is pending. */
export class OrderingKey {
  readonly name: string;
  /** Who has what is outstanding: nobody else gets more until that is acknowledged. */
  holder: TakerGroup | null = null;
  /** In the order of the log. */
  readonly outstanding = new Set<Delivered>();
  /** How many are acknowledged, not yet durably. */
  confirming = 0;
  /** Offsets to be delivered, or delivered again, in the order of the log. */
  readonly pending = new Deque<number>();
  /** The queue in which it stands for somebody to take its next message. */
  queuedIn: Deque<OrderingKey> | null = null;

  constructor(name: string) {
    this.name = name;
  }

  /** Whether a message that follows all others of the key may go to the group at once. */
  isOpenTo(group: TakerGroup): boolean {
    return this.pending.length === 0 && (this.holder === null || this.holder === group);
  }

  take(delivered: Delivered, group: TakerGroup): void {
    this.outstanding.add(delivered);
    if (this.holder === null) {
      this.holder = group;
      group.heldKeys += 1;
    }
  }

  /** The earliest that is outstanding. */
  first(): Delivered | undefined {
    for (const first of this.outstanding) return first;
    return undefined;
  }

  confirm(delivered: Delivered): void {
    this.outstanding.delete(delivered);
    this.confirming += 1;
  }

  confirmed(): void {
    this.confirming -= 1;
  }

  restore(delivered: Delivered): void {
    this.confirming -= 1;
    const all = [...this.outstanding, delivered].sort((a, b) => a.offset - b.offset);
    this.outstanding.clear();
    for (const each of all) this.outstanding.add(each);
  }
}
