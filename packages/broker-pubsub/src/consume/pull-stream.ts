import { randomUUID } from 'node:crypto';
import type { protos, v1 } from '@google-cloud/pubsub';
import { type StatusObject, status } from '@grpc/grpc-js';
import { type PullCall, pullCall } from '../client/calls.ts';
import { type Client, once } from '../client/client.ts';
import { hasCode } from '../errors.ts';
import { DELETED_TOPIC } from '../subscription-setup.ts';
import type { ConsumingOptions } from './consuming.ts';
import type { PullClients } from './pull-clients.ts';

export type ReceivedMessages = readonly protos.google.pubsub.v1.IReceivedMessage[];

export interface PullStreamOptions
  extends Pick<ConsumingOptions, 'leaseSeconds' | 'maxOutstandingMessages' | 'maxOutstandingBytes' | 'silenceMs'> {
  readonly clients: PullClients;
  /** Its full name. */
  readonly subscription: string;
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly onMessages: (messages: ReceivedMessages) => void;
}

export interface StreamEnd {
  /** As gRPC gives it, or what failed before there was a stream. */
  readonly error: unknown;
  /** Whether anything came. */
  readonly worked: boolean;
}

/** One stream of messages, from its beginning to its end. */
export class PullStream {
  readonly #options: PullStreamOptions;
  #call: PullCall | null = null;
  #paused = false;
  #heardAt = 0;
  #worked = false;

  constructor(options: PullStreamOptions) {
    this.#options = options;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Takes nothing more from the connection, for servers that do not count what is outstanding. */
  pause(): void {
    this.#paused = true;
    this.#call?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#call?.resume();
  }

  async run(signal: AbortSignal): Promise<StreamEnd> {
    const { clients, subscription } = this.#options;
    const client = clients.acquire();
    const stop = (): void => this.#call?.cancel();
    signal.addEventListener('abort', stop);
    let watch: NodeJS.Timeout | undefined;
    try {
      const stub = await client.stub();
      if (signal.aborted) return { error: null, worked: false };
      const call = pullCall(stub, subscription);
      this.#call = call;
      this.#heardAt = performance.now();
      watch = this.#watch(client, call);
      return { error: await this.#untilEnd(call), worked: this.#worked };
    } catch (error) {
      return { error, worked: false };
    } finally {
      clearInterval(watch);
      signal.removeEventListener('abort', stop);
      clients.release(client);
    }
  }

  async #untilEnd(call: PullCall): Promise<unknown> {
    const { subscription, clientId, leaseSeconds, maxOutstandingMessages, maxOutstandingBytes } = this.#options;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    call.on('data', (response: protos.google.pubsub.v1.IStreamingPullResponse) => {
      this.#heardAt = performance.now();
      this.#worked = true;
      const { receivedMessages } = response;
      if (receivedMessages && receivedMessages.length > 0) this.#options.onMessages(receivedMessages);
    });
    // Its status says the same, and comes for every end.
    call.on('error', () => {});
    call.on('status', ({ code, details }: StatusObject) =>
      resolve(Object.assign(new Error(details), { code, details })),
    );
    if (this.#paused) call.pause();
    call.write({
      subscription,
      // Another one each time: streams of one client share an ordering key, and the last stream, which this side gave up,
      // may still be a stream to the server.
      clientId: `${clientId}-${randomUUID()}`,
      streamAckDeadlineSeconds: leaseSeconds,
      maxOutstandingMessages,
      maxOutstandingBytes,
      protocolVersion: 1,
    });
    return await promise;
  }

  /**
   * A connection may die without a word. Pings of HTTP/2 would find out, but servers end connections on which they come
   * too often beside a silent stream; any answer to a request on the same connection says as much.
   */
  #watch(client: Client<v1.SubscriberClient>, call: PullCall): NodeJS.Timeout {
    const { silenceMs, requestTimeoutMs, subscription, clients } = this.#options;
    let asking = false;
    return setInterval(async () => {
      if (asking || this.#paused || performance.now() - this.#heardAt < silenceMs) return;
      asking = true;
      try {
        const [{ topic, detached }] = await (await client.api()).getSubscription(
          { subscription },
          once(requestTimeoutMs),
        );
        // A stream of such a subscription stays open, and nothing comes any more: who opens it anew is told what to do.
        if (topic === DELETED_TOPIC || detached) call.cancel();
      } catch (error) {
        if (hasCode(error, status.DEADLINE_EXCEEDED, status.UNAVAILABLE)) {
          clients.retire(client);
          call.cancel();
        }
      } finally {
        asking = false;
      }
    }, silenceMs / 2);
  }
}
