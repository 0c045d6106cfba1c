import { v1 } from '@google-cloud/pubsub';
import * as grpc from '@grpc/grpc-js';

export interface ClientOptions {
  readonly projectId: string;
  /** `host:port` of an emulator; null for Google itself. */
  readonly emulatorHost: string | null;
  readonly clientId: string;
  /** How long one request may go unanswered. */
  readonly requestTimeoutMs: number;
  readonly log: (entry: PubSubLogEntry) => void;
}

/** What the adapter has to say. Nothing goes to the console. */
export interface PubSubLogEntry {
  readonly level: 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What all generated clients have. */
interface Api {
  initialize(): Promise<unknown>;
  close(): Promise<void>;
}

/** A connection of its own with one of Google's generated clients on it, made when it is first asked for. */
export class Client<T extends Api> {
  readonly #make: () => T;
  #api: T | null = null;

  constructor(make: () => T) {
    this.#make = make;
  }

  /** The generated client, once its credentials are there. */
  async api(): Promise<T> {
    await this.stub();
    return this.#current();
  }

  /** What grpc-js itself is asked through. */
  async stub(): Promise<unknown> {
    const api = this.#current();
    try {
      return await api.initialize();
    } catch (error) {
      // The generated client would give the same answer for ever.
      if (this.#api === api) this.#api = null;
      throw error;
    }
  }

  /** Calls that are under way end with an error. The next one makes a new connection. */
  close(): void {
    const api = this.#api;
    this.#api = null;
    api?.close().catch(() => undefined);
  }

  #current(): T {
    this.#api ??= this.#make();
    return this.#api;
  }
}

export type ApiOptions = NonNullable<ConstructorParameters<typeof v1.PublisherClient>[0]>;

export const newPublisherClient = (options: ClientOptions): Client<v1.PublisherClient> =>
  new Client(() => new v1.PublisherClient(apiOptions(options, UNARY)));

export const newSubscriberClient = (options: ClientOptions): Client<v1.SubscriberClient> =>
  new Client(() => new v1.SubscriberClient(apiOptions(options, UNARY)));

/** For streams, which are open for as long as they last: whether they are alive is asked in another way. */
export const newPullClient = (options: ClientOptions): Client<v1.SubscriberClient> =>
  new Client(() => new v1.SubscriberClient(apiOptions(options, {})));

/** A call's own settings: whoever asks tries again itself, with a back-off and an end of its own. */
export function once(timeoutMs: number): { readonly timeout: number; readonly retry: null } {
  return { timeout: timeoutMs, retry: null };
}

/**
 * Connections are not shared with other clients of the process: Google's front ends take a hundred calls at a time on one,
 * and calls past that wait without end behind streams that never end.
 */
const CHANNEL = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // What exactly-once delivery says about each acknowledgement comes as metadata.
  'grpc.max_metadata_size': 4 * 2 ** 20,
};

/** A request that takes longer has the connection looked at, and a connection that is silent is replaced. */
const UNARY = { 'grpc.keepalive_time_ms': 3_000, 'grpc.keepalive_timeout_ms': 3_000 };

function apiOptions({ projectId, emulatorHost }: ClientOptions, channel: Readonly<Record<string, number>>): ApiOptions {
  // Our own copy of grpc, since its classes are used on the client's stubs.
  const common = { projectId, grpc, ...CHANNEL, ...channel } as unknown as ApiOptions;
  if (emulatorHost === null) return common;
  const colon = emulatorHost.lastIndexOf(':');
  return {
    ...common,
    servicePath: emulatorHost.slice(0, colon),
    port: Number(emulatorHost.slice(colon + 1)),
    sslCreds: grpc.credentials.createInsecure(),
    auth: NO_CREDENTIALS,
  } as unknown as ApiOptions;
}

/** Keeps the client from looking for credentials, which it does for an emulator as well. */
const NO_CREDENTIALS = { getUniverseDomain: async () => 'googleapis.com' };
