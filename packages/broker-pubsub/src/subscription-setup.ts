import type { protos, v1 } from '@google-cloud/pubsub';
import { status } from '@grpc/grpc-js';
import { SluiceError } from '@sluice/core';
import { type Client, type ClientOptions, once } from './client/client.ts';
import type { Names } from './client/names.ts';
import { fromGrpc, hasCode } from './errors.ts';

type Subscription = protos.google.pubsub.v1.ISubscription;

export interface SetupOptions extends ClientOptions {
  readonly names: Names;
  readonly exactlyOnce: boolean;
  readonly client: Client<v1.SubscriberClient>;
}

/** The most that Pub/Sub keeps anything for, in topics and in subscriptions: 31 days. */
export const RETENTION = { seconds: 31 * 86_400 };
/** What a server takes that knows the limit of earlier years: 7 days. */
const OLD_RETENTION = { seconds: 7 * 86_400 };

/**
 * Says of a subscription that Sluice made whether it was sought back yet. It is made with `unset`, since a process may
 * die before the seek; the next one to open it then finds that, and seeks. One without the label is somebody else's.
 */
const PLACE_LABEL = 'sluice-place';
const UNSET = 'unset';
const BEGINNING = 'beginning';

/**
 * Makes a group's subscription to a topic, at the beginning of what the topic keeps: a new subscription would get what is
 * published from then on. However many do so at once, the subscription is made once and may be sought back by each of
 * them; what a member had acknowledged by then is delivered again, which its command id makes harmless.
 */
export class SubscriptionSetup {
  readonly #options: SetupOptions;

  constructor(options: SetupOptions) {
    this.#options = options;
  }

  /**
   * @returns the subscription's full name
   * @throws SluiceError `misconfigured` where it cannot be read from
   */
  async ensure(group: string, topic: string): Promise<string> {
    const name = this.#options.names.subscription(group, topic);
    const doing = `making subscription ${name}`;
    try {
      const subscription = (await this.#find(name)) ?? (await this.#create(name, topic));
      if (subscription === 'hidden') return name;
      this.#check(name, topic, subscription);
      if (subscription.labels?.[PLACE_LABEL] === UNSET) await this.#seekToBeginning(name, subscription);
      return name;
    } catch (error) {
      throw fromGrpc(error, doing);
    }
  }

  /** `hidden` where it may be read from, but not looked at, as Google's role of a subscriber has it. */
  async #find(name: string): Promise<Subscription | 'hidden' | undefined> {
    try {
      const [found] = await (await this.#api()).getSubscription({ subscription: name }, this.#settings);
      return found;
    } catch (error) {
      if (hasCode(error, status.NOT_FOUND)) return undefined;
      if (!hasCode(error, status.PERMISSION_DENIED)) throw error;
      this.#warn(`${name} may not be looked at: it is taken to be there, and as it should be`);
      return 'hidden';
    }
  }

  async #create(name: string, topic: string): Promise<Subscription | 'hidden'> {
    const { names, exactlyOnce } = this.#options;
    const wanted: Subscription = {
      name,
      topic: names.topic(topic),
      labels: { [PLACE_LABEL]: UNSET },
      enableMessageOrdering: true,
      enableExactlyOnceDelivery: exactlyOnce,
      // Never.
      expirationPolicy: {},
      messageRetentionDuration: RETENTION,
      retainAckedMessages: true,
      ackDeadlineSeconds: exactlyOnce ? 60 : 10,
      // No dead-letter policy: an outage of the store would evict good messages.
    };
    const api = await this.#api();
    try {
      const [made] = await api.createSubscription(wanted, this.#settings).catch(async (error: unknown) => {
        // pstest takes 7 days at most.
        if (!hasCode(error, status.INVALID_ARGUMENT)) throw error;
        const second = api.createSubscription({ ...wanted, messageRetentionDuration: OLD_RETENTION }, this.#settings);
        return await second.catch((other: unknown) => {
          throw hasCode(other, status.INVALID_ARGUMENT) ? error : other;
        });
      });
      return made;
    } catch (error) {
      if (!hasCode(error, status.ALREADY_EXISTS)) throw error;
      return (await this.#find(name)) ?? 'hidden';
    }
  }

  #check(name: string, topic: string, found: Subscription): void {
    const wrong = (what: string): SluiceError => new SluiceError('misconfigured', `${name} ${what}`);
    if (found.topic === DELETED_TOPIC) {
      throw wrong(`was of a ${topic} that is deleted: delete the subscription as well, for a new one to be made`);
    }
    if (found.topic !== this.#options.names.topic(topic)) {
      throw wrong(`must be a subscription to ${topic}, it is one to ${found.topic}`);
    }
    if (found.detached) throw wrong('is detached from its topic: delete it, for a new one to be made');
    if (found.pushConfig?.pushEndpoint) throw wrong('must have no push endpoint, since it is pulled from');
    if (!found.enableMessageOrdering) this.#warn(`${name} has no message ordering: the order of a key is not kept`);
    if (found.filter) {
      this.#warn(`${name} has a filter: what that leaves out is never projected, and a replay restores less`);
    }
    if (found.deadLetterPolicy?.deadLetterTopic) {
      this.#warn(`${name} has a dead-letter policy: while the store is down, good messages are taken out of it`);
    }
  }

  async #seekToBeginning(name: string, { labels }: Subscription): Promise<void> {
    const api = await this.#api();
    if (await this.#replays(api)) await api.seek({ subscription: name, time: timestampOf(0) }, this.#settings);
    else this.#warn(`${name} begins with what is published from now on: this server keeps nothing to go back to`);
    const subscription = { name, labels: { ...labels, [PLACE_LABEL]: BEGINNING } };
    await api.updateSubscription({ subscription, updateMask: { paths: ['labels'] } }, this.#settings);
  }

  /** Google's own fake has neither snapshots nor messages to seek back to, and is brought down by a seek. */
  async #replays(api: v1.SubscriberClient): Promise<boolean> {
    try {
      const request = { project: this.#options.names.project, pageSize: 1 };
      await api.listSnapshots(request, { ...this.#settings, autoPaginate: false });
      return true;
    } catch (error) {
      return !hasCode(error, status.UNIMPLEMENTED);
    }
  }

  get #settings(): ReturnType<typeof once> {
    return once(this.#options.requestTimeoutMs);
  }

  #api(): Promise<v1.SubscriberClient> {
    return this.#options.client.api();
  }

  #warn(message: string): void {
    this.#options.log({ level: 'warn', message, details: {} });
  }
}

/** What a subscription says for its topic when that was deleted. */
export const DELETED_TOPIC = '_deleted-topic_';

export function timestampOf(timeMs: number): { readonly seconds: number; readonly nanos: number } {
  const seconds = Math.floor(timeMs / 1_000);
  return { seconds, nanos: Math.round((timeMs - seconds * 1_000) * 1_000_000) };
}
