import { backoffDelayMs, pause, type SluiceError } from '@sluice/core';
import { publishCall } from '../client/calls.ts';
import { type ClientOptions, newPublisherClient } from '../client/client.ts';
import type { Names } from '../client/names.ts';
import { fromPublish } from '../errors.ts';
import { type Batch, type BatchLimits, Lane } from './lane.ts';
import type { PendingMessage } from './pending-message.ts';
import { publishRequest } from './publish-request.ts';

export interface SenderOptions extends ClientOptions {
  readonly names: Names;
}

/** A request may have 1,000 messages and 10 MB (https://cloud.google.com/pubsub/quotas#resource_limits). */
const BATCH: BatchLimits = { messages: 1_000, bytes: 2 ** 20 };
/** Of one topic, without ordering keys: so that the broker has work while an answer is on its way. */
const MAX_REQUESTS_WITHOUT_KEY = 4;
/** In all; a connection takes a hundred at a time. */
const MAX_REQUESTS = 80;
const BACKOFF = { baseMs: 20, maxMs: 1_000 };

/**
 * Sends messages in requests, as many messages in one as wait when it can go: a message that is alone goes at once, and
 * those that come while requests are under way go together. The client's own batching waits for 10 ms, sends each
 * ordering key from a queue of its own that stops at its first error, and copies every message to do so.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #client: ReturnType<typeof newPublisherClient>;
  readonly #lanes = new Map<string, Lane>();
  readonly #scheduled: Lane[] = [];
  #requests = 0;
  #woken = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#client = newPublisherClient(options);
  }

  send(message: PendingMessage): void {
    const lane = this.#laneOf(message);
    lane.add(message);
    this.#schedule(lane);
  }

  /** Takes in that messages were settled by others: their time is over. */
  expired(messages: readonly PendingMessage[], error: (lastError: SluiceError | null) => SluiceError): void {
    const lanes = new Map<Lane, SluiceError>();
    for (const message of messages) {
      if (message.settled) continue;
      const lane = this.#laneOf(message);
      const why = lanes.get(lane) ?? error(lane.lastError);
      lanes.set(lane, why);
      message.failed(why);
    }
    for (const [lane, why] of lanes) {
      lane.failBehind(why);
      lane.sweep();
      this.#forgetIdle(lane);
    }
  }

  close(): void {
    this.#client.close();
  }

  #laneOf({ topic, orderingKey }: PendingMessage): Lane {
    const name = laneName(topic, orderingKey);
    let lane = this.#lanes.get(name);
    if (!lane) {
      lane = new Lane(topic, orderingKey, MAX_REQUESTS_WITHOUT_KEY);
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #forgetIdle(lane: Lane): void {
    if (lane.isIdle && !lane.scheduled) this.#lanes.delete(laneName(lane.topic, lane.orderingKey));
  }

  #schedule(lane: Lane): void {
    if (lane.scheduled || !lane.canSend) return;
    lane.scheduled = true;
    this.#scheduled.push(lane);
    if (this.#woken) return;
    this.#woken = true;
    // What is published in one turn of the loop goes together.
    setImmediate(() => {
      this.#woken = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#requests < MAX_REQUESTS) {
      const lane = this.#scheduled.shift();
      if (!lane) return;
      lane.scheduled = false;
      if (lane.canSend) void this.#run(lane.take(BATCH));
      this.#schedule(lane);
      this.#forgetIdle(lane);
    }
  }

  async #run(batch: Batch): Promise<void> {
    this.#requests++;
    await this.#deliver(batch, batch.messages);
    this.#requests--;
    const { lane } = batch;
    lane.done(batch);
    this.#schedule(lane);
    this.#forgetIdle(lane);
    this.#pump();
  }

  /** Tries until every message is settled: by the broker, or because its time is over. */
  async #deliver({ lane, givenUp }: Batch, messages: readonly PendingMessage[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const open = messages.filter(({ settled }) => !settled);
      if (open.length === 0) return;
      const error = await this.#try(lane, open, givenUp.signal);
      if (error === null) return;
      if (!error.retryable) return await this.#refused({ lane, messages: open, givenUp }, error);
      lane.lastError = error;
      this.#options.log({ level: 'debug', message: error.message, details: { attempt } });
      await pause(backoffDelayMs(attempt, BACKOFF), givenUp.signal);
    }
  }

  async #try(lane: Lane, messages: readonly PendingMessage[], signal: AbortSignal): Promise<SluiceError | null> {
    const { names, requestTimeoutMs: timeoutMs } = this.#options;
    const topic = names.topic(lane.topic);
    try {
      const request = publishRequest(topic, messages);
      const ids = await publishCall(await this.#client.stub(), topic, request, { timeoutMs, signal });
      for (const [index, message] of messages.entries()) message.published(ids[index] ?? '');
      lane.lastError = null;
      return null;
    } catch (error) {
      return fromPublish(error, `publishing to ${lane.topic}`);
    }
  }

  /** One message that is refused takes its whole request with it: halved until it is alone, it fails alone. */
  async #refused(batch: Batch, error: SluiceError): Promise<void> {
    const { lane, messages } = batch;
    const culprit = error.code === 'invalid-data' || error.code === 'too-large';
    if (!culprit || messages.length === 1) {
      for (const message of messages) message.failed(error);
      // What can never be in the log keeps nothing from following it.
      if (!culprit) lane.failBehind(error);
      return;
    }
    const middle = messages.length >> 1;
    await this.#deliver(batch, messages.slice(0, middle));
    await this.#deliver(batch, messages.slice(middle));
  }
}

const laneName = (topic: string, orderingKey: string): string => `${topic}/${orderingKey}`;
