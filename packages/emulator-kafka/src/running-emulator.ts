import type { AddressInfo, Server, Socket } from 'node:net';
import { AnswerBudget } from './answer-budget.ts';
import { APIS } from './apis/registry.ts';
import { ArrivingRequests } from './arriving-requests.ts';
import { Connection } from './connection.ts';
import type { Broker, KafkaApi } from './context.ts';
import { withoutFloods } from './events.ts';
import { Faults } from './faults.ts';
import type { Settings } from './options.ts';
import { startRetention } from './retention.ts';
import type { Storage } from './storage/open-storage.ts';

/** How long a client that does not read may hold up the end. */
const DRAIN_TIMEOUT_MS = 5_000;

const API_BY_KEY: ReadonlyMap<number, KafkaApi> = new Map(APIS.map((api) => [api.key, api]));

/** A running broker. Disposing of it answers what is under way, then closes. */
export interface KafkaEmulator extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** What clients are given: the advertised `host:port`. */
  readonly address: string;
  readonly clusterId: string;
  /** Makes things go wrong, for tests of clients. */
  readonly faults: Faults;
  /** Settles when the emulator has ended: with the reason, where the disk failed it; with undefined once closed. */
  readonly ended: Promise<Error | undefined>;
}

/** Connects a listening server with what is stored. */
export class RunningEmulator implements KafkaEmulator {
  readonly host: string;
  readonly port: number;
  readonly faults = new Faults();
  readonly ended: Promise<Error | undefined>;
  readonly #broker: Broker;
  readonly #server: Server;
  readonly #owned: AsyncDisposable;
  readonly #maxFrameBytes: number;
  readonly #connections = new Set<Connection>();
  readonly #stopRetention: () => Promise<void>;
  #closing: Promise<void> | undefined;
  #end: (reason: Error | undefined) => void = () => undefined;

  /** `owned` is what is disposed of in the end, the storage among it. */
  constructor(settings: Settings, storage: Storage, server: Server, owned: AsyncDisposable) {
    const { clusterId, topics, producerIds, groups } = storage;
    const { nodeId, clock, autoCreateTopics, defaultPartitions, onEvent } = settings;
    this.host = settings.host;
    this.port = (server.address() as AddressInfo).port;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#server = server;
    this.#owned = owned;
    this.#maxFrameBytes = settings.maxFrameBytes;
    this.#broker = {
      nodeId,
      clusterId,
      endpoint: { host: settings.advertisedHost, port: settings.advertisedPort ?? this.port },
      apis: APIS,
      clock,
      topics,
      producerIds,
      groups,
      faults: this.faults,
      answerBudget: new AnswerBudget(settings.maxUnsentFetchBytes),
      arriving: new ArrivingRequests(settings.maxArrivingBytes),
      autoCreateTopics,
      defaultPartitions,
      log: withoutFloods(onEvent, clock),
      fail: (error) => this.fail(error),
    };
    this.#stopRetention = startRetention(this.#broker, settings.retentionIntervalMs);
    server.on('error', (error) => this.fail(error));
  }

  get address(): string {
    const { host, port } = this.#broker.endpoint;
    return `${host}:${port}`;
  }

  get clusterId(): string {
    return this.#broker.clusterId;
  }

  accept(socket: Socket): void {
    if (socket.destroyed) return;
    const connection = new Connection(socket, this.#broker, API_BY_KEY, { maxFrameBytes: this.#maxFrameBytes });
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }

  /** Cuts every connection in this very turn, so that nothing more can be acknowledged, then closes. */
  fail(error: Error): void {
    if (this.#closing !== undefined) return;
    this.#broker.log({ kind: 'failed', error });
    for (const connection of this.#connections) connection.destroy();
    this.#closing = this.#close(error).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close(undefined);
    return this.#closing;
  }

  async #close(reason: Error | undefined): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.drain();
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, DRAIN_TIMEOUT_MS);
    await closed;
    clearTimeout(timer);
    try {
      await this.#stopRetention();
      await this.#owned[Symbol.asyncDispose]();
    } finally {
      this.#end(reason);
    }
  }
}
