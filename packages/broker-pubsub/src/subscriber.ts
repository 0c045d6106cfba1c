import type { v1 } from '@google-cloud/pubsub';
import { OpenRuns, type Subscriber, type SubscriptionOptions } from '@sluice/core';
import { type Client, type ClientOptions, newSubscriberClient } from './client/client.ts';
import type { Names } from './client/names.ts';
import type { ConsumingOptions } from './consume/consuming.ts';
import { PullClients } from './consume/pull-clients.ts';
import { Slots } from './consume/slots.ts';
import { TopicConsumer } from './consume/topic-consumer.ts';
import { SubscriptionSetup } from './subscription-setup.ts';

export interface SubscriberOptions extends ClientOptions, ConsumingOptions {
  readonly names: Names;
  readonly exactlyOnce: boolean;
}

/** Reads each topic by a stream of its own, for as long as the subscription lasts: an outage is waited for. */
export class PubSubSubscriber implements Subscriber, AsyncDisposable {
  readonly #options: SubscriberOptions;
  readonly #client: Client<v1.SubscriberClient>;
  readonly #clients: PullClients;
  readonly #setup: SubscriptionSetup;
  readonly #runs = new OpenRuns();

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#client = newSubscriberClient(options);
    this.#clients = new PullClients(options);
    this.#setup = new SubscriptionSetup({ ...options, client: this.#client });
  }

  async run(options: SubscriptionOptions): Promise<void> {
    await this.#runs.run(() => this.#run(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runs[Symbol.asyncDispose]();
    this.#client.close();
  }

  async #run({ group, topics, handler, signal, maxConcurrency = 4 }: SubscriptionOptions): Promise<void> {
    const fatal = new AbortController();
    const ended = AbortSignal.any([signal, this.#runs.closing, fatal.signal]);
    if (ended.aborted) return;
    const slots = new Slots(maxConcurrency);
    const consumers = [...new Set(topics)].map(
      (topic) =>
        new TopicConsumer({
          ...this.#options,
          topic,
          handler,
          slots,
          client: this.#client,
          clients: this.#clients,
          ensure: () => this.#setup.ensure(group, topic),
          ended,
          hard: fatal.signal,
          // The first error is the subscription's.
          fail: (error) => fatal.abort(error),
        }),
    );
    const over = new Promise<void>((resolve) => ended.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.all([over, ...consumers.map((consumer) => consumer.run())]);
    if (fatal.signal.aborted) throw fatal.signal.reason;
  }
}
