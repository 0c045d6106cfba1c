import { type protos, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { type BrokerRecord, identify } from '@sluice/core';
import { PROJECT } from '../environments/environment.ts';
import type { Log, ProducedMessage } from './log.ts';
import type { Stored } from './stored.ts';

/** Who looks at a topic beside the consumer: a subscription that nobody else reads from. */
const PROBE = 'probe';
/** By address and subscription. */
const PROBES = new Map<string, { readonly found: BrokerRecord[] }>();

// An emulator asks for no credentials, and looking for some takes seconds.
process.env.METADATA_SERVER_DETECTION ??= 'none';

/** What any other Pub/Sub client sees and does. */
export class PubSubLog implements Log {
  readonly #address: string;
  readonly #topic: string;
  readonly #forgets: boolean;

  constructor(address: string, topic: string, forgets: boolean) {
    this.#address = address;
    this.#topic = topic;
    this.#forgets = forgets;
  }

  async watch(): Promise<void> {
    if (this.#forgets) await this.#probe();
  }

  async produce(messages: readonly ProducedMessage[]): Promise<void> {
    await withClient(new v1.PublisherClient(optionsFor(this.#address)), async (client) => {
      // The messages of one request are of one key, or of none.
      for (const [key, own] of Map.groupBy(messages, ({ key = '' }) => key)) {
        await client.publish({ topic: this.#name, messages: own.map((message) => messageOf(message, key)) });
      }
    });
  }

  /**
   * Whether each command that lies in the topic has an outcome. A group has no place here that could be looked at, so that
   * a replay is told by what it restores.
   */
  async isProjected(stored: Stored): Promise<boolean> {
    const ids = await this.commandIds();
    return (await stored.outcomes(ids)).size === ids.length;
  }

  /** The ids of all commands that lie in the topic, each once. */
  async commandIds(): Promise<readonly string[]> {
    const ids = new Set((await this.messages()).map((record) => identify(record, valueId(record)).commandId));
    return [...ids];
  }

  /** All that lies in the topic, in the order of delivery. */
  async messages(): Promise<readonly BrokerRecord[]> {
    const { found } = await this.#probe();
    const subscription = this.#subscription;
    await withClient(new v1.SubscriberClient(optionsFor(this.#address)), async (client) => {
      for (;;) {
        const request = { subscription, maxMessages: 1_000, returnImmediately: true };
        const [{ receivedMessages }] = await client.pull(request);
        if (!receivedMessages?.length) return;
        found.push(...receivedMessages.map(({ message }) => this.#recordOf(message ?? {})));
        await client.acknowledge({ subscription, ackIds: receivedMessages.map(({ ackId }) => ackId ?? '') });
      }
    });
    return found;
  }

  /** What was read so far, by whoever looked before. */
  async #probe(): Promise<{ readonly found: BrokerRecord[] }> {
    const key = `${this.#address} ${this.#subscription}`;
    const known = PROBES.get(key);
    if (known) return known;
    await withClient(new v1.SubscriberClient(optionsFor(this.#address)), async (client) => {
      const name = this.#subscription;
      const wanted = { name, topic: this.#name, enableMessageOrdering: true };
      await client.createSubscription(wanted);
      if (!this.#forgets) await client.seek({ subscription: name, time: { seconds: 0 } });
    });
    const probe = { found: [] };
    PROBES.set(key, probe);
    return probe;
  }

  get #subscription(): string {
    return `projects/${PROJECT}/subscriptions/${PROBE}.${this.#topic}`;
  }

  get #name(): string {
    return `projects/${PROJECT}/topics/${this.#topic}`;
  }

  #recordOf({ messageId, data, attributes, orderingKey, publishTime }: Message): BrokerRecord {
    const seconds = Number(publishTime?.seconds ?? 0);
    return {
      topic: this.#topic,
      position: { kind: 'message', messageId: messageId ?? '' },
      timestampMs: seconds * 1_000 + Math.floor((publishTime?.nanos ?? 0) / 1e6),
      key: orderingKey ? Buffer.from(orderingKey) : null,
      value: Buffer.from((data ?? '') as Buffer),
      headers: Object.entries(attributes ?? {}).map(([name, value]) => ({
        name: name.replace(/^ce-/, 'ce_'),
        value: Buffer.from(value),
      })),
    };
  }
}

type Message = protos.google.pubsub.v1.IPubsubMessage;

/** Every topic of the project, in order. */
export async function topicsAt(address: string): Promise<readonly string[]> {
  return await withClient(new v1.PublisherClient(optionsFor(address)), async (client) => {
    const [topics] = await client.listTopics({ project: `projects/${PROJECT}` });
    return topics.map(({ name }) => name?.slice(name.lastIndexOf('/') + 1) ?? '').sort();
  });
}

/** Every subscription of the project, in order. */
export async function subscriptionsAt(address: string): Promise<readonly string[]> {
  return await withClient(new v1.SubscriberClient(optionsFor(address)), async (client) => {
    const [subscriptions] = await client.listSubscriptions({ project: `projects/${PROJECT}` });
    return subscriptions.map(({ name }) => name?.slice(name.lastIndexOf('/') + 1) ?? '').sort();
  });
}

function messageOf({ value, headers = {} }: ProducedMessage, orderingKey: string): Message {
  const attributes = Object.entries(headers).map(([name, text]) => [name.replace(/^ce_/, 'ce-'), text]);
  return { data: Buffer.from(value), orderingKey, attributes: Object.fromEntries(attributes) };
}

function valueId({ value }: BrokerRecord): string | undefined {
  try {
    const { command_id: id } = JSON.parse(String(value));
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}

function optionsFor(address: string) {
  const [host = '', port] = address.split(':');
  return { projectId: PROJECT, servicePath: host, port: Number(port), sslCreds: credentials.createInsecure() };
}

async function withClient<C extends { close(): Promise<void> }, T>(
  client: C,
  use: (client: C) => Promise<T>,
): Promise<T> {
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
