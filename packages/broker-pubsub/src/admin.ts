import type { v1 } from '@google-cloud/pubsub';
import { status } from '@grpc/grpc-js';
import {
  type AssignedPartition,
  type BrokerAdmin,
  type GroupSnapshot,
  type GroupTopics,
  type SeekTarget,
  SluiceError,
} from '@sluice/core';
import { type Client, type ClientOptions, newPublisherClient, newSubscriberClient, once } from './client/client.ts';
import type { Names } from './client/names.ts';
import { fromGrpc, hasCode } from './errors.ts';
import { RETENTION, SubscriptionSetup, timestampOf } from './subscription-setup.ts';

export interface AdminOptions extends ClientOptions {
  readonly names: Names;
  /** Whether subscriptions are made with exactly-once delivery. */
  readonly exactlyOnce: boolean;
  /** How long `ping` waits for an answer. */
  readonly pingTimeoutMs: number;
}

export class PubSubAdmin implements BrokerAdmin, AsyncDisposable {
  readonly #options: AdminOptions;
  readonly #publisher: Client<v1.PublisherClient>;
  readonly #subscriber: Client<v1.SubscriberClient>;
  readonly #setup: SubscriptionSetup;
  #closed = false;

  constructor(options: AdminOptions) {
    this.#options = options;
    this.#publisher = newPublisherClient(options);
    this.#subscriber = newSubscriberClient(options);
    this.#setup = new SubscriptionSetup({ ...options, client: this.#subscriber });
  }

  /** Topics have no partitions: the number is another broker's business. */
  async ensureTopics(topics: readonly { readonly name: string }[]): Promise<void> {
    await this.#each(topics, async ({ name }) => await this.#ensureTopic(name));
  }

  async ensureSubscriptions({ group, topics }: GroupTopics): Promise<void> {
    await this.#each(topics, (topic) => this.#setup.ensure(group, topic));
  }

  async removeSubscriptions({ group, topics }: GroupTopics): Promise<void> {
    await this.#each(topics, async (topic) => {
      const subscription = this.#options.names.subscription(group, topic);
      await this.#ask(`removing subscription ${subscription}`, this.#subscriber, (api, settings) =>
        api.deleteSubscription({ subscription }, settings).catch(unless(status.NOT_FOUND)),
      );
    });
  }

  async topicsOf(group: string): Promise<readonly string[]> {
    const { names } = this.#options;
    const [subscriptions] = await this.#ask('listing subscriptions', this.#subscriber, (api, settings) =>
      api.listSubscriptions({ project: names.project }, settings),
    );
    return subscriptions.flatMap(({ name, topic }) => {
      const id = topic?.slice(topic.lastIndexOf('/') + 1) ?? '';
      return name === names.subscription(group, id) ? [id] : [];
    });
  }

  async ends(): Promise<readonly AssignedPartition[]> {
    return [];
  }

  async seek({ group, topics, to }: GroupTopics & { readonly to: SeekTarget }): Promise<void> {
    await this.#each(topics, async (topic) => {
      const subscription = await this.#setup.ensure(group, topic);
      await this.#ask(`seeking ${group} in ${topic}`, this.#subscriber, (api, settings) =>
        api.seek({ subscription, ...this.#targetOf(to, topic) }, settings),
      );
    });
  }

  async takeSnapshot({ group, topics, name }: GroupSnapshot): Promise<void> {
    await this.#each(topics, async (topic) => {
      const subscription = await this.#setup.ensure(group, topic);
      const snapshot = this.#options.names.snapshot(name, topic);
      await this.#ask(`keeping the place of ${group} in ${topic}`, this.#subscriber, (api, settings) =>
        api.createSnapshot({ name: snapshot, subscription }, settings).catch(unless(status.ALREADY_EXISTS)),
      );
    });
  }

  async deleteSnapshot({ topics, name }: Omit<GroupSnapshot, 'group'>): Promise<void> {
    await this.#each(topics, async (topic) => {
      const snapshot = this.#options.names.snapshot(name, topic);
      await this.#ask(`deleting snapshot ${name} of ${topic}`, this.#subscriber, (api, settings) =>
        api.deleteSnapshot({ snapshot }, settings).catch(unless(status.NOT_FOUND)),
      );
    });
  }

  /** Anything is an answer but silence and credentials that are none: who may use topics may not list them. */
  async ping(): Promise<void> {
    const { names, pingTimeoutMs } = this.#options;
    await this.#ask('pinging Pub/Sub', this.#publisher, async (api) => {
      await api
        .listTopics({ project: names.project, pageSize: 1 }, { ...once(pingTimeoutMs), autoPaginate: false })
        .catch(unless(status.PERMISSION_DENIED, status.NOT_FOUND));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#publisher.close();
    this.#subscriber.close();
  }

  /** Asks first: who may not make topics can still use those that are there. */
  async #ensureTopic(name: string): Promise<void> {
    const topic = this.#options.names.topic(name);
    await this.#ask(`making topic ${name}`, this.#publisher, async (api, settings) => {
      try {
        await api.getTopic({ topic }, settings);
      } catch (error) {
        if (!hasCode(error, status.NOT_FOUND)) throw error;
        await api
          .createTopic({ name: topic, messageRetentionDuration: RETENTION }, settings)
          .catch(unless(status.ALREADY_EXISTS));
      }
    });
  }

  #targetOf(to: SeekTarget, topic: string): Parameters<v1.SubscriberClient['seek']>[0] {
    switch (to.kind) {
      case 'beginning':
        return { time: timestampOf(0) };
      case 'time':
        return { time: timestampOf(to.timeMs) };
      case 'snapshot':
        return { snapshot: this.#options.names.snapshot(to.name, topic) };
      default:
        return to satisfies never;
    }
  }

  async #ask<T, A extends v1.PublisherClient | v1.SubscriberClient>(
    doing: string,
    client: Client<A>,
    question: (api: A, settings: ReturnType<typeof once>) => Promise<T>,
  ): Promise<T> {
    if (this.#closed) throw new SluiceError('closed', 'the broker was closed');
    try {
      return await question(await client.api(), once(this.#options.requestTimeoutMs));
    } catch (error) {
      throw fromGrpc(error, doing);
    }
  }

  /** A few at a time; all are tried, and the first error counts. */
  async #each<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
    if (this.#closed) throw new SluiceError('closed', 'the broker was closed');
    const queue = items.values();
    const worker = async (): Promise<void> => {
      for (const item of queue) await act(item);
    };
    const ends = await Promise.allSettled(Array.from({ length: CONCURRENCY }, worker));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}

const CONCURRENCY = 8;

/** Passes over an error with one of the codes: what was asked for is so already. */
const unless =
  (...codes: readonly status[]) =>
  (error: unknown): void => {
    if (!hasCode(error, ...codes)) throw error;
  };
