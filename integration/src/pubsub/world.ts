import { randomBytes } from 'node:crypto';
import type { PubSub } from '@google-cloud/pubsub';
import { type Clients, openClients } from './clients.ts';
import type { DocumentedRefusal, Fact } from './observation.ts';
import { type Plain, plain } from './plain.ts';
import { type Duplex, type PullStream, pullStream } from './pull-stream.ts';
import { ackIds, type Received, received } from './received.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { call, type Rpc } from './rpcs.ts';
import type { PubSubServer, ServerKind } from './server.ts';

export interface NewMessage {
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

/** How long what should come may take, and what should not come is waited for. */
export const SOON_MS = 10_000;
const POLL_MS = 20;
const MOST_PAGES = 20;

/** What a scenario is given: a project of its own on a server, clients of it, and where to put what it saw. */
export class World {
  readonly projectId = `conformance-${randomBytes(6).toString('hex')}`;
  readonly facts: Fact[] = [];
  readonly clients: Clients;
  readonly kind: ServerKind;

  constructor(clients: Clients, kind: ServerKind) {
    this.clients = clients;
    this.kind = kind;
  }

  readonly project = `projects/${this.projectId}`;
  topic = (id: string): string => `${this.project}/topics/${id}`;
  subscription = (id: string): string => `${this.project}/subscriptions/${id}`;
  snapshot = (id: string): string => `${this.project}/snapshots/${id}`;
  schema = (id: string): string => `${this.project}/schemas/${id}`;

  pubSub(): PubSub {
    return this.clients.pubSub(this.projectId);
  }

  /** Notes what was seen, beside what Google documents. */
  async fact(name: string, observed: Promise<unknown> | unknown, documented: Plain | DocumentedRefusal): Promise<void> {
    if (this.facts.some((fact) => fact.name === name)) throw new Error(`two facts have the name ${name}`);
    this.facts.push({ name, observed: this.#canonical(await observed), documented });
  }

  /** The answer of a call, or how it was refused. */
  async rpc(rpc: Rpc, request: object): Promise<Plain | Refusal> {
    try {
      return plain(await call(this.clients, rpc, request));
    } catch (error) {
      return refusalOf(error);
    }
  }

  /** The answer of a call that a scenario needs. @throws where it was refused. */
  async ok<T = Record<string, Plain>>(rpc: Rpc, request: object): Promise<T> {
    return (await call(this.clients, rpc, request)) as T;
  }

  /** All pages of a list: how many items each had, and the items. */
  async paged(
    rpc: Rpc,
    request: object,
    member: string,
  ): Promise<{ readonly pages: readonly number[]; readonly items: readonly Plain[] }> {
    const pages: number[] = [];
    const items: Plain[] = [];
    // A server that ever gives the same token must not hold the scenario for ever.
    for (let pageToken = ''; pages.length < MOST_PAGES; ) {
      const page = plain(await call(this.clients, rpc, { ...request, pageToken })) as Readonly<Record<string, Plain>>;
      const some = (page[member] ?? []) as readonly Plain[];
      pages.push(some.length);
      items.push(...some);
      pageToken = String(page.nextPageToken ?? '');
      if (pageToken === '') break;
    }
    return { pages, items };
  }

  async newTopic(id: string, settings: object = {}): Promise<string> {
    await this.ok('createTopic', { name: this.topic(id), ...settings });
    return this.topic(id);
  }

  async newSubscription(id: string, topic: string, settings: object = {}): Promise<string> {
    await this.ok('createSubscription', { name: this.subscription(id), topic, ackDeadlineSeconds: 10, ...settings });
    return this.subscription(id);
  }

  /** A topic with one subscription. */
  async newPair(id: string, settings: object = {}): Promise<{ readonly topic: string; readonly subscription: string }> {
    const topic = await this.newTopic(`${id}-topic`);
    return { topic, subscription: await this.newSubscription(`${id}-sub`, topic, settings) };
  }

  async publish(topic: string, ...messages: readonly (NewMessage | string)[]): Promise<readonly string[]> {
    const { messageIds } = await this.ok<{ messageIds: string[] }>('publish', {
      topic,
      messages: messages.map((message) => {
        const { data = '', ...rest } = typeof message === 'string' ? { data: message } : message;
        return { ...rest, data: Buffer.from(data) };
      }),
    });
    return messageIds;
  }

  /** One pull, which waits as long as the server will. */
  async pull(subscription: string, maxMessages = 100, returnImmediately = false): Promise<readonly Received[]> {
    const { receivedMessages } = await this.ok<{ receivedMessages: object[] }>('pull', {
      subscription,
      maxMessages,
      returnImmediately,
    });
    return receivedMessages.map(received);
  }

  /** Pulls until so many messages came, or the time is over. */
  async collect(
    subscription: string,
    count: number,
    { withinMs = SOON_MS, acknowledge = false } = {},
  ): Promise<readonly Received[]> {
    const all: Received[] = [];
    const deadline = performance.now() + withinMs;
    while (all.length < count && performance.now() < deadline) {
      const some = await this.pull(subscription, count - all.length, true);
      if (acknowledge && some.length > 0) await this.acknowledge(subscription, some);
      all.push(...some);
      if (some.length === 0) await pause();
    }
    return all;
  }

  /** Whatever is there now. */
  async drain(subscription: string): Promise<readonly Received[]> {
    const all: Received[] = [];
    for (;;) {
      const some = await this.pull(subscription, 1_000, true);
      if (some.length === 0) return all;
      all.push(...some);
    }
  }

  async acknowledge(subscription: string, messages: readonly Received[]): Promise<void> {
    await this.ok('acknowledge', { subscription, ackIds: ackIds(messages) });
  }

  /** Ends the leases in so many seconds; 0: at once. */
  async modify(subscription: string, messages: readonly Received[], ackDeadlineSeconds: number): Promise<void> {
    await this.ok('modifyAckDeadline', { subscription, ackIds: ackIds(messages), ackDeadlineSeconds });
  }

  stream(subscription: string, settings: object = {}): PullStream {
    const stream = pullStream(this.clients.subscriber.streamingPull() as unknown as Duplex);
    stream.send({ subscription, streamAckDeadlineSeconds: 10, ...settings });
    return stream;
  }

  /** Looks until the condition holds. Whether it did in time is the answer, since it may be a fact of its own. */
  async sees(condition: () => boolean | Promise<boolean>, withinMs = SOON_MS): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (!(await condition())) {
      if (performance.now() > deadline) return false;
      await pause();
    }
    return true;
  }

  /** A server of the same kind for this scenario alone, and clients of it. */
  async another(): Promise<{ readonly world: World; readonly server: PubSubServer } & AsyncDisposable> {
    await using opened = new AsyncDisposableStack();
    const server = opened.use(await this.kind.start());
    const clients = opened.use(openClients(server.address));
    const all = opened.move();
    return { server, world: new World(clients, this.kind), [Symbol.asyncDispose]: () => all.disposeAsync() };
  }

  #canonical(observed: unknown): Plain | Refusal {
    const text = JSON.stringify(observed ?? null);
    return JSON.parse(text.replaceAll(this.projectId, 'p')) as Plain | Refusal;
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));
