import type { Timed } from './deadlines.ts';
import type { OrderingKey } from './ordering-keys.ts';
import type { Taker } from './takers.ts';

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
