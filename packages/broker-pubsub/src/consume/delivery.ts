import type { ReceivedMessage } from './received-message.ts';

/** A message in hand, from its delivery until it is acknowledged or given back. */
export interface Delivery {
  readonly record: ReceivedMessage;
  readonly messageId: string;
  /** Empty where it has no order to keep. */
  readonly orderingKey: string;
  /** What an acknowledgement names: another one with each delivery, and the last one is good. */
  ackId: string;
  /** When it was last leased, in ms, monotonic. */
  leasedAt: number;
}
