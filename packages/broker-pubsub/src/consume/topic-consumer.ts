import type { v1 } from '@google-cloud/pubsub';
import { status } from '@grpc/grpc-js';
import {
  backoffDelayMs,
  type Handled,
  pause,
  SluiceError,
  type SubscriptionHandler,
  wantsReassignment,
} from '@sluice/core';
import type { Client, ClientOptions } from '../client/client.ts';
import { fromGrpc, hasCode } from '../errors.ts';
import { Acknowledger } from './acknowledger.ts';
import type { ConsumingOptions } from './consuming.ts';
import type { Delivery } from './delivery.ts';
import { Inbox } from './inbox.ts';
import { Leases } from './leases.ts';
import type { PullClients } from './pull-clients.ts';
import { PullStream, type ReceivedMessages } from './pull-stream.ts';
import { ReceivedMessage } from './received-message.ts';
import type { Slots } from './slots.ts';

export interface TopicConsumerOptions
  extends ConsumingOptions,
    Pick<ClientOptions, 'clientId' | 'requestTimeoutMs' | 'log'> {
  readonly topic: string;
  readonly handler: SubscriptionHandler;
  readonly slots: Slots;
  readonly clients: PullClients;
  /** For everything but the stream. */
  readonly client: Client<v1.SubscriberClient>;
  /** Makes the subscription where it is missing, and gives its full name. */
  readonly ensure: () => Promise<string>;
  /** Aborts when the subscription is to end, in whatever way. */
  readonly ended: AbortSignal;
  /** Aborts when it is to end the hard way. */
  readonly hard: AbortSignal;
  /** Ends the subscription of all topics with an error. */
  readonly fail: (error: unknown) => void;
}

/**
 * Reads one topic's subscription: messages in, batches to the handler, acknowledgements out.
 *
 * How what Pub/Sub may do is dealt with:
 * - **Duplicates** (at-least-once delivery, an acknowledgement that came too late or got lost): one that is still in hand
 *   only brings a new ackId; any other goes to the handler like a new one, and the command id, which the store keeps in the
 *   transaction of the effect, makes it change nothing. Exactly-once delivery makes them rarer, and is not relied on.
 * - **Redelivery** of what the handler did not count or failed on happens here, after a pause, and not by giving the
 *   message back: the messages of its key that are on their way here would overtake it. Given back is what is in hand when
 *   the member leaves, and then nothing of it is handled any more. What a killed member had comes again when its lease ends.
 * - **Reordering**: of one key, Pub/Sub delivers in order, and again from the first that was not acknowledged. The inbox
 *   hands a key over in one batch at a time. Another member may work on the same messages meanwhile (a lease ended); as
 *   each of them goes through in order and the first effect of a command stands, the first effects are in order too.
 *   Messages without a key have no order to keep.
 */
export class TopicConsumer {
  readonly #options: TopicConsumerOptions;
  readonly #inbox = new Inbox();
  readonly #working = new Set<Promise<void>>();
  #session: Session | null = null;
  #timer: NodeJS.Timeout | undefined;
  #waitsForSlot = false;
  #failures = 0;

  constructor(options: TopicConsumerOptions) {
    this.#options = options;
  }

  /** Resolves when nothing of it is left; errors go to `fail`. */
  async run(): Promise<void> {
    const { fail } = this.#options;
    try {
      await this.#consume();
    } catch (error) {
      fail(error);
    }
    await this.#leave();
  }

  async #consume(): Promise<void> {
    const { ended, ensure, topic } = this.#options;
    for (let attempt = 0; !ended.aborted; attempt++) {
      try {
        const subscription = await ensure();
        this.#session ??= this.#newSession(subscription);
        const { error, worked } = await this.#session.stream.run(ended);
        if (ended.aborted) return;
        if (worked) attempt = 0;
        // A stream ends from time to time, and the next one goes on.
        if (worked && hasCode(error, ...USUAL_ENDS)) continue;
        throw error ?? new SluiceError('unavailable', `the stream of ${topic} ended`);
      } catch (cause) {
        const error = fromGrpc(cause, `consuming ${topic}`);
        if (!error.retryable) throw error;
        this.#options.log({ level: 'warn', message: error.message, details: { attempt } });
        await pause(backoffDelayMs(attempt), ended);
      }
    }
  }

  #newSession(subscription: string): Session {
    const { client, log, leaseSeconds, topic } = this.#options;
    const acknowledger = new Acknowledger({
      ...this.#options,
      client,
      subscription,
      onFailure: (what, messages, error) =>
        log({
          level: 'warn',
          message: `${messages} messages of ${topic} come again: ${error.message}`,
          details: { what },
        }),
    });
    const stream = new PullStream({
      ...this.#options,
      subscription,
      onMessages: (messages) => this.#receive(messages),
    });
    return { acknowledger, stream, leases: new Leases(acknowledger, leaseSeconds) };
  }

  #receive(messages: ReceivedMessages): void {
    const session = this.#session;
    if (!session || this.#options.ended.aborted) return;
    const { leases } = session;
    const leasedAt = performance.now();
    for (const { ackId, message } of messages) {
      if (!ackId) continue;
      if (!message) {
        this.#skip(session, ackId);
        continue;
      }
      const messageId = message.messageId ?? '';
      const inHand = leases.get(messageId);
      if (inHand) {
        inHand.ackId = ackId;
        inHand.leasedAt = leasedAt;
        continue;
      }
      const record = new ReceivedMessage(this.#options.topic, message);
      const delivery = { record, messageId, orderingKey: message.orderingKey ?? '', ackId, leasedAt };
      leases.add(delivery);
      this.#inbox.add(delivery);
    }
    this.#control(session);
    this.#wake();
  }

  /** Google's own fake delivers what it seeks back to without contents: there is nothing to project, or to bury. */
  #skip({ acknowledger }: Session, ackId: string): void {
    this.#options.log({
      level: 'warn',
      message: `a delivery of ${this.#options.topic} without a message is passed over`,
      details: { ackId },
    });
    acknowledger.acknowledge([ackId]);
  }

  #control({ leases, stream }: Session): void {
    const { maxOutstandingMessages, maxOutstandingBytes } = this.#options;
    const full = leases.size >= maxOutstandingMessages || leases.bytes >= maxOutstandingBytes;
    if (full && !stream.paused) stream.pause();
    else if (!full && stream.paused) stream.resume();
  }

  /** Begins what can begin. A batch beside others waits a moment for more, since a transaction has its price. */
  #wake(): void {
    const { fullBatchMessages, batchWaitMs, ended } = this.#options;
    if (ended.aborted || this.#inbox.ready === 0 || this.#timer !== undefined) return;
    const waitMs = this.#working.size === 0 || this.#inbox.ready >= fullBatchMessages ? 0 : batchWaitMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#begin();
    }, waitMs);
  }

  #begin(): void {
    const { slots, batchMessages, ended } = this.#options;
    if (ended.aborted || this.#waitsForSlot || this.#inbox.ready === 0) return;
    const taken = slots.take(() => {
      this.#waitsForSlot = false;
      this.#begin();
    });
    if (!taken) {
      this.#waitsForSlot = true;
      return;
    }
    const batch = this.#inbox.take(batchMessages);
    if (batch.length === 0) {
      slots.release();
      return;
    }
    const work = this.#handle(batch).finally(() => {
      this.#working.delete(work);
      this.#wake();
    });
    this.#working.add(work);
    this.#wake();
  }

  async #handle(batch: readonly Delivery[]): Promise<void> {
    const { handler, topic, hard, slots, ended, fail } = this.#options;
    let count = 0;
    try {
      const records = batch.map(({ record }) => record);
      const handled = await handler.handle({ topic, partition: null, records, endOffset: null }, hard);
      count = this.#settle(batch, handled);
    } catch (error) {
      if (!wantsReassignment(error)) fail(error);
      else this.#options.log({ level: 'warn', message: `a batch of ${topic} comes again`, details: { error } });
    } finally {
      slots.release();
    }
    if (count > 0) this.#failures = 0;
    else await pause(backoffDelayMs(this.#failures++), ended);
    this.#inbox.finish(batch, batch.slice(count));
    if (this.#session) this.#control(this.#session);
  }

  #settle(batch: readonly Delivery[], { count }: Handled): number {
    const done = batch.slice(0, count);
    const ackIds = done.map(({ ackId }) => ackId);
    for (const delivery of done) this.#session?.leases.remove(delivery);
    this.#session?.acknowledger.acknowledge(ackIds);
    return done.length;
  }

  /** Finishes what is in hand and gives the rest back. */
  async #leave(): Promise<void> {
    const { leaveTimeoutMs } = this.#options;
    clearTimeout(this.#timer);
    await Promise.all(this.#working);
    if (!this.#session) return;
    const { acknowledger, leases } = this.#session;
    leases[Symbol.dispose]();
    await atMost(leaveTimeoutMs, Promise.all([acknowledger.settled(), leases.release()]));
  }
}

interface Session {
  readonly stream: PullStream;
  readonly acknowledger: Acknowledger;
  readonly leases: Leases;
}

/** How Google ends a stream that did nothing wrong. */
const USUAL_ENDS = [status.OK, status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED];

/** Waits for something that cannot be waited for without bound, and whose failure changes nothing. */
async function atMost(ms: number, what: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([what.catch(() => undefined), promise]);
  clearTimeout(timer);
}
