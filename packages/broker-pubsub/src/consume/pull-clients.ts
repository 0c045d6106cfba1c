import type { v1 } from '@google-cloud/pubsub';
import { type Client, type ClientOptions, newPullClient } from '../client/client.ts';

type PullClient = Client<v1.SubscriberClient>;

/** Google's front ends take a hundred calls at a time on a connection; one more would wait for a stream to end. */
const STREAMS_PER_CONNECTION = 50;

/** The connections that streams are on, apart from the one for requests. */
export class PullClients {
  readonly #options: ClientOptions;
  readonly #streams = new Map<PullClient, number>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  acquire(): PullClient {
    for (const [client, streams] of this.#streams) {
      if (streams >= STREAMS_PER_CONNECTION) continue;
      this.#streams.set(client, streams + 1);
      return client;
    }
    const client = newPullClient(this.#options);
    this.#streams.set(client, 1);
    return client;
  }

  release(client: PullClient): void {
    const streams = this.#streams.get(client);
    if (streams === undefined) return;
    this.#streams.set(client, streams - 1);
    if (streams === 1) this.retire(client);
  }

  /** Lets nobody use it any more. Streams on it end by their own means. */
  retire(client: PullClient): void {
    if (this.#streams.delete(client)) client.close();
  }
}
