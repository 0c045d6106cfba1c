import type { Delivery, DeliveryStream } from '../../delivery/delivery.ts';
import { invalid, invalidArgument, payloadTooLarge, shuttingDown } from '../../grpc/errors.ts';
import { encoded, pubsub } from '../../grpc/protos.ts';
import { decode, type RpcStream } from '../../grpc/rpc.ts';
import type { Subscription } from '../../resources/subscription.ts';
import type { RequestContext, Streaming } from '../define.ts';
import { byOutcome } from './ack-outcomes.ts';
import { checkAckIds } from './acknowledge.ts';
import { checkAckDeadline } from './check-subscription.ts';
import { checkModifiedDeadline } from './modify-ack-deadline.ts';
import { encodeReceived, inAnswersOf } from './received-messages.ts';
import { usePulled } from './use-subscription.ts';

const MAX_REQUEST_BYTES = 524_288;
/** Of messages in one answer. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

type Request = InstanceType<typeof pubsub.StreamingPullRequest>;

/**
 * StreamingPull. The first request says for which subscription, with which deadline and which limits; those that follow
 * acknowledge, change deadlines, or say nothing, which a client with `protocol_version` 1 or above is answered with as
 * little. With exactly-once delivery what became of each id is confirmed.
 *
 * Ends when the client has said all, with NOT_FOUND when the subscription is deleted, with FAILED_PRECONDITION when it is
 * detached or is pushed from now on, with UNAVAILABLE when the emulator stops; never just so, as the service's do.
 */
export const streamingPull: Streaming = {
  kind: 'stream',
  path: '/google.pubsub.v1.Subscriber/StreamingPull',
  async serve(stream, context) {
    const first = await nextRequest(stream);
    if (first === undefined) return;
    const { subscription, attachment } = usePulled(context.service, first.subscription);
    const deadline = checkAckDeadline('stream_ack_deadline_seconds', first.streamAckDeadlineSeconds);
    checkDeadlines(first);
    using taken = attachment.delivery.openStream({
      clientId: first.clientId,
      ackDeadlineMs: deadline * 1000,
      maxOutstandingMessages: limit(first.maxOutstandingMessages),
      maxOutstandingBytes: limit(first.maxOutstandingBytes),
    });
    const pull = new OpenPull(stream, subscription, attachment.delivery, taken, Number(first.protocolVersion) >= 1);
    await pull.run(first, context);
  },
};

/** 0, and whatever is below, means no limit. */
const limit = (value: unknown): number => Math.max(0, Number(value));

async function nextRequest(stream: RpcStream): Promise<Request | undefined> {
  const { value } = await stream.requests.next();
  if (value === undefined) return undefined;
  if (value.length > MAX_REQUEST_BYTES) throw payloadTooLarge(MAX_REQUEST_BYTES);
  return decode(pubsub.StreamingPullRequest, value);
}

function checkDeadlines({ modifyDeadlineSeconds, modifyDeadlineAckIds }: Request): void {
  if (modifyDeadlineSeconds.length !== modifyDeadlineAckIds.length) {
    throw invalid(
      'modify_deadline_seconds and modify_deadline_ack_ids must have the same size, ' +
        `got ${modifyDeadlineSeconds.length} and ${modifyDeadlineAckIds.length}.`,
    );
  }
  for (const seconds of modifyDeadlineSeconds) checkModifiedDeadline('modify_deadline_seconds', seconds);
}

function checkFollowing(request: Request): void {
  if (request.subscription !== '') throw invalidArgument('subscription');
  if (Number(request.maxOutstandingMessages) !== 0) throw invalidArgument('max_outstanding_messages');
  if (Number(request.maxOutstandingBytes) !== 0) throw invalidArgument('max_outstanding_bytes');
  if (Number(request.protocolVersion) !== 0) throw invalidArgument('protocol_version');
  checkDeadlines(request);
}

class OpenPull {
  readonly #stream: RpcStream;
  readonly #subscription: Subscription;
  readonly #delivery: Delivery;
  readonly #taken: DeliveryStream;
  readonly #isPingAnswered: boolean;

  constructor(
    stream: RpcStream,
    subscription: Subscription,
    delivery: Delivery,
    taken: DeliveryStream,
    isPingAnswered: boolean,
  ) {
    this.#stream = stream;
    this.#subscription = subscription;
    this.#delivery = delivery;
    this.#taken = taken;
    this.#isPingAnswered = isPingAnswered;
  }

  /** Until one of many ends it. What is under way of the others fails, and nobody waits for it. */
  async run(first: Request, { signal, service }: RequestContext): Promise<void> {
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    const done = new AbortController();
    const gone = (): void => resolve();
    const stop = (): void => reject(shuttingDown());
    signal.addEventListener('abort', gone);
    service.stopping.addEventListener('abort', stop);
    const removed = this.#subscription.addStream(reject);
    if (signal.aborted) gone();
    if (service.stopping.aborted) stop();
    this.#send(done.signal).catch(reject);
    this.#receive(first).then(resolve, reject);
    try {
      await ended;
    } finally {
      done.abort();
      removed();
      signal.removeEventListener('abort', gone);
      service.stopping.removeEventListener('abort', stop);
    }
  }

  async #send(signal: AbortSignal): Promise<void> {
    // At once, so that the client knows that the stream is open, and how it has to acknowledge.
    await this.#stream.write(this.#properties());
    while (!signal.aborted) {
      const messages = await this.#taken.next(signal);
      for (const part of inAnswersOf(MAX_ANSWER_BYTES, messages)) {
        await this.#stream.write(encodeReceived(part, this.#properties()));
      }
    }
  }

  #properties(): Buffer {
    const { enableExactlyOnceDelivery, enableMessageOrdering } = this.#subscription.proto;
    return PROPERTIES[`${enableExactlyOnceDelivery ?? false}-${enableMessageOrdering ?? false}`];
  }

  async #receive(first: Request): Promise<void> {
    await this.#answer(first);
    for (;;) {
      const request = await nextRequest(this.#stream);
      if (request === undefined) return;
      checkFollowing(request);
      const { streamAckDeadlineSeconds: seconds } = request;
      if (seconds !== 0) {
        this.#taken.setAckDeadline(checkAckDeadline('stream_ack_deadline_seconds', seconds) * 1000);
      }
      const isPing = request.ackIds.length === 0 && request.modifyDeadlineAckIds.length === 0;
      if (isPing && this.#isPingAnswered) await this.#stream.write(NOTHING);
      await this.#answer(request);
    }
  }

  async #answer({ ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds }: Request): Promise<void> {
    if (ackIds.length > 0) {
      checkAckIds(ackIds);
      const outcomes = await this.#delivery.acknowledge(ackIds);
      await this.#confirm(() => {
        const sorted = byOutcome(ackIds, outcomes);
        return {
          acknowledgeConfirmation: {
            ackIds: sorted.done,
            invalidAckIds: sorted.invalid,
            unorderedAckIds: sorted.unordered,
            temporaryFailedAckIds: sorted['temporary-failure'],
          },
        };
      });
    }
    if (modifyDeadlineAckIds.length > 0) {
      checkAckIds(modifyDeadlineAckIds);
      const outcomes = this.#modify(modifyDeadlineAckIds, modifyDeadlineSeconds);
      await this.#confirm(() => {
        const sorted = byOutcome(modifyDeadlineAckIds, outcomes);
        return {
          modifyAckDeadlineConfirmation: {
            ackIds: sorted.done,
            invalidAckIds: sorted.invalid,
            temporaryFailedAckIds: [...sorted['temporary-failure'], ...sorted.unordered],
          },
        };
      });
    }
  }

  /** Ids with the same deadline together: a client extends all that it has to the same, as a rule. */
  #modify(ackIds: readonly string[], seconds: readonly number[]) {
    if (seconds.every((each) => each === seconds[0])) {
      return this.#delivery.modifyAckDeadline(ackIds, (seconds[0] ?? 0) * 1000);
    }
    return ackIds.flatMap((ackId, index) => this.#delivery.modifyAckDeadline([ackId], (seconds[index] ?? 0) * 1000));
  }

  /** With exactly-once delivery alone; without it nobody is told what became of an id, nor is that put together. */
  async #confirm(answer: () => Parameters<typeof pubsub.StreamingPullResponse.encode>[0]): Promise<void> {
    if (!this.#subscription.proto.enableExactlyOnceDelivery) return;
    await this.#stream.write(encoded(pubsub.StreamingPullResponse, answer()));
  }
}

const NOTHING = Buffer.alloc(0);

const properties = (exactlyOnceDeliveryEnabled: boolean, messageOrderingEnabled: boolean): Buffer =>
  encoded(pubsub.StreamingPullResponse, {
    subscriptionProperties: { exactlyOnceDeliveryEnabled, messageOrderingEnabled },
  });

const PROPERTIES = {
  'false-false': properties(false, false),
  'false-true': properties(false, true),
  'true-false': properties(true, false),
  'true-true': properties(true, true),
} as const;
