import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileSystem } from '@sluice/durable-log';
import { APIS } from './apis/registry.ts';
import { systemClock } from './clock.ts';
import { Connection } from './connection.ts';
import type { Broker, KafkaApi } from './context.ts';
import { Faults } from './faults.ts';
import type { KafkaEmulatorOptions, Settings } from './options.ts';
import { startRetention } from './retention.ts';
import { openStorage, type Storage } from './storage/open-storage.ts';

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

/**
 * Starts a Kafka broker.
 * @throws LogError `corrupt` where the data is damaged; whatever the system says where the address cannot be listened on.
 */
export async function startKafkaEmulator(options: KafkaEmulatorOptions = {}): Promise<KafkaEmulator> {
  let running: RunningEmulator | undefined;
  await using opened = new AsyncDisposableStack();
  const directory = options.directory ?? opened.adopt(await temporaryDirectory(), removeDirectory);
  const settings = withDefaults(options, directory);
  const { fileSystem, clock, onEvent, host, port } = settings;
  const fail = (error: Error): void => running?.fail(error);
  const storage = opened.use(await openStorage({ directory, fileSystem, clock, log: onEvent, fail }));
  const server = createServer({ noDelay: true, keepAlive: true });
  server.listen({ host, port });
  await once(server, 'listening');
  running = new RunningEmulator(settings, storage, server);
  running.onClosed(opened.move());
  return running;
}

const temporaryDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'sluice-kafka-'));
const removeDirectory = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

function withDefaults(options: KafkaEmulatorOptions, directory: string): Settings {
  const host = options.host ?? '127.0.0.1';
  const advertisedHost = options.advertisedHost ?? host;
  if (/^(0\.0\.0\.0|::|\[::\]|)$/.test(advertisedHost)) {
    throw new RangeError(`advertisedHost must be an address that clients can connect to, got "${advertisedHost}"`);
  }
  return {
    port: 0,
    nodeId: 1,
    autoCreateTopics: true,
    defaultPartitions: 1,
    maxFrameBytes: 100 * 1024 * 1024,
    retentionIntervalMs: 300_000,
    fileSystem: nodeFileSystem,
    clock: systemClock,
    onEvent: () => undefined,
    ...options,
    host,
    advertisedHost,
    advertisedPort: options.advertisedPort,
    directory,
  };
}

class RunningEmulator implements KafkaEmulator {
  readonly host: string;
  readonly port: number;
  readonly clusterId: string;
  readonly faults = new Faults();
  readonly ended: Promise<Error | undefined>;
  readonly #broker: Broker;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #stopRetention: () => Promise<void>;
  #owned: AsyncDisposable | undefined;
  #closing: Promise<void> | undefined;
  #end: (reason: Error | undefined) => void = () => undefined;

  constructor(settings: Settings, { clusterId, topics, producerIds, groups }: Storage, server: Server) {
    this.host = settings.host;
    this.port = (server.address() as AddressInfo).port;
    this.clusterId = clusterId;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#server = server;
    this.#broker = {
      nodeId: settings.nodeId,
      clusterId,
      endpoint: { host: settings.advertisedHost, port: settings.advertisedPort ?? this.port },
      apis: APIS,
      clock: settings.clock,
      topics,
      producerIds,
      groups,
      faults: this.faults,
      autoCreateTopics: settings.autoCreateTopics,
      defaultPartitions: settings.defaultPartitions,
      log: settings.onEvent,
      fail: (error) => this.fail(error),
    };
    this.#stopRetention = startRetention(this.#broker, settings.retentionIntervalMs);
    server.on('connection', (socket) => {
      const connection = new Connection(socket, this.#broker, API_BY_KEY, settings.maxFrameBytes);
      this.#connections.add(connection);
      socket.on('close', () => this.#connections.delete(connection));
    });
    server.on('error', (error) => this.fail(error));
  }

  get address(): string {
    return `${this.#broker.endpoint.host}:${this.#broker.endpoint.port}`;
  }

  /** What is disposed of last. */
  onClosed(owned: AsyncDisposable): void {
    this.#owned = owned;
  }

  /** Cuts every connection in this very turn, so that nothing more can be acknowledged. */
  fail(error: Error): void {
    if (this.#closing !== undefined) return;
    this.#broker.log({ kind: 'failed', error });
    for (const connection of this.#connections) connection.destroy();
    this.#closing = this.#close(error);
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
    await this.#stopRetention();
    try {
      await this.#owned?.[Symbol.asyncDispose]();
    } finally {
      this.#end(reason);
    }
  }
}
