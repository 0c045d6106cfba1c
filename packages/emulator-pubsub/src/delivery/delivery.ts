import type { Clock } from '@sluice/durable-log';
import type { SubscriptionFaults } from '../faults.ts';
import type { AckLog, AckState, MessageLog, StoredMessage } from '../storage/storage.ts';

export interface DeliveryOptions {
  /** Goes into its ack ids: short, of letters, digits, `-` and `_`, and of this subscription alone, also after it was made anew. */
  readonly id: string;
  readonly log: MessageLog;
  /** In a state already: where a subscription begins is decided when it is created. */
  readonly acks: AckLog;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  /** From 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
  /** Publishes a dead letter. True: it is published, and so acknowledged here. Called in the order of the log. */
  readonly forward: (message: StoredMessage, deliveryAttempts: number) => Promise<boolean>;
  /** `Faults.ofSubscription(name)`. */
  readonly faults: SubscriptionFaults;
  readonly onEvent?: (event: DeliveryEvent) => void;
}

/** What went wrong where nobody waits for an answer. */
export interface DeliveryEvent {
  readonly type: 'read-failed' | 'ack-failed' | 'forward-failed';
  readonly error: unknown;
}

/** What a subscription's resource says of how to deliver. */
export interface DeliverySettings {
  readonly ackDeadlineMs: number;
  readonly isOrdered: boolean;
  readonly isExactlyOnce: boolean;
  /** Messages for which it does not hold are acknowledged without being delivered. */
  readonly matches: (message: Pick<StoredMessage, 'attributes'>) => boolean;
  /** Null: what was not acknowledged is delivered again at once. */
  readonly retry: { readonly minimumBackoffMs: number; readonly maximumBackoffMs: number } | null;
  readonly deadLetter: { readonly maxDeliveryAttempts: number } | null;
  /** What is older is dropped, and counts as acknowledged. The longer of the subscription's and its topic's. */
  readonly retentionMs: number;
  /** Whether a seek back in time brings back what was acknowledged: the subscription or its topic retains it. */
  readonly retainAcked: boolean;
  /** No seek to a time goes back beyond this offset: that of its creation, unless the topic retains. Default 0. */
  readonly firstOffset?: number;
}

export interface ReceivedMessage {
  readonly ackId: string;
  readonly message: StoredMessage;
  /** From 1; 0 where the subscription has no dead-letter policy. */
  readonly deliveryAttempt: number;
}

export type AckOutcome =
  | 'done'
  /** Exactly-once alone: the id's lease has ended, or it is no id of this subscription's. */
  | 'invalid'
  /** Exactly-once alone: try again. */
  | 'temporary-failure'
  /** Exactly-once and ordered alone: an earlier message of its key is not acknowledged. */
  | 'unordered';

/** One subscription at work: which message goes to whom, until when it is leased, and when it comes again. */
export interface Delivery extends AsyncDisposable {
  /**
   * At least one message where there is one, at most as many as asked for. Waits for one until the signal aborts, and
   * then answers with none; does not wait where `returnImmediately`. Rejects where the log cannot be read.
   */
  pull(options: {
    readonly maxMessages: number;
    readonly returnImmediately: boolean;
    readonly signal: AbortSignal;
  }): Promise<readonly ReceivedMessage[]>;
  openStream(options: StreamOptions): DeliveryStream;
  /**
   * One outcome per id, in their order, when it is durable. Rejects where it could not be made durable, save that with
   * exactly-once those are temporary failures. The ids of one call count as one moment, whatever their order.
   */
  acknowledge(ackIds: readonly string[]): Promise<readonly AckOutcome[]>;
  /** Ends the lease of each so many ms from now; 0 gives the message back (a nack). Ended leases stay ended. */
  modifyAckDeadline(ackIds: readonly string[], deadlineMs: number): readonly AckOutcome[];
  /** Takes effect for what is delivered from now on. */
  update(settings: DeliverySettings): void;
  /** All leases end. All published before the time counts as acknowledged; what was published since, and is kept, as not. */
  seekToTime(publishTimeUs: number): Promise<void>;
  seekTo(state: AckState): Promise<void>;
  /** What is acknowledged at this moment. */
  state(): AckState;
  /** The first offset that it may still have to deliver, or to give back in a seek. Below it, the log may be trimmed. */
  neededFrom(nowMs: number): Promise<number>;
}

export interface StreamOptions {
  /** Streams of one client id share what they have of an ordering key. Empty: of no other. */
  readonly clientId: string;
  readonly ackDeadlineMs: number;
  /** 0: no limit. */
  readonly maxOutstandingMessages: number;
  readonly maxOutstandingBytes: number;
}

/** What one streaming pull takes. Closing it leaves the leases of what it took as they are. */
export interface DeliveryStream extends Disposable {
  /**
   * The next messages for this stream, up to about 1,000 or 1 MiB, as soon as there are some and its flow control
   * allows; none when the signal aborted. One call at a time. Rejects where the log cannot be read.
   */
  next(signal: AbortSignal): Promise<readonly ReceivedMessage[]>;
  /** Of what this stream takes from now on. */
  setAckDeadline(ms: number): void;
}
