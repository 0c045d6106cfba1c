import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileSystem, systemClock } from '@sluice/durable-log';
import { isWildcard, type KafkaEmulatorOptions, type Settings } from './options.ts';
import { type KafkaEmulator, RunningEmulator } from './running-emulator.ts';
import { openStorage } from './storage/open-storage.ts';

/** A client that vanished without a word is found out some minutes after this. */
const KEEP_ALIVE_AFTER_MS = 60_000;

/**
 * Starts a Kafka broker.
 * @throws LogError `corrupt` where the data is damaged; whatever the system says where the address cannot be listened on.
 */
export async function startKafkaEmulator(options: KafkaEmulatorOptions = {}): Promise<KafkaEmulator> {
  const settings = withDefaults(options);
  const { fileSystem, clock, onEvent, host, port, groups } = settings;
  await using opened = new AsyncDisposableStack();
  // The port first: where another process has it, it probably has the data as well. Who connects meanwhile waits.
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS });
  const sockets: Socket[] = [];
  let running: RunningEmulator | undefined;
  server.on('connection', (socket) => {
    socket.on('error', () => socket.destroy());
    if (running === undefined) sockets.push(socket);
    else running.accept(socket);
  });
  server.listen({ host, port });
  await once(server, 'listening');
  opened.defer(() => closeServer(server, sockets));
  const directory = options.directory ?? opened.adopt(await temporaryDirectory(), removeDirectory);
  const fail = (error: Error): void => running?.fail(error);
  const storage = opened.use(await openStorage({ directory, fileSystem, clock, groups, log: onEvent, fail }));
  running = new RunningEmulator(settings, storage, server, opened.move());
  for (const socket of sockets.splice(0)) running.accept(socket);
  return running;
}

const temporaryDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'sluice-kafka-'));
const removeDirectory = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/** For a start that failed; what runs has closed its server already. */
async function closeServer(server: Server, sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

function withDefaults(options: KafkaEmulatorOptions): Settings {
  const { host = '127.0.0.1' } = options;
  const { advertisedHost = host } = options;
  if (isWildcard(advertisedHost)) {
    throw new RangeError(`advertisedHost must be an address that clients can connect to, got "${advertisedHost}"`);
  }
  return {
    port: 0,
    nodeId: 1,
    autoCreateTopics: true,
    defaultPartitions: 1,
    maxFrameBytes: 100 * 1024 * 1024,
    maxUnsentFetchBytes: 128 * 1024 * 1024,
    maxArrivingBytes: 256 * 1024 * 1024,
    retentionIntervalMs: 300_000,
    groups: {},
    fileSystem: nodeFileSystem,
    clock: systemClock,
    onEvent: () => undefined,
    ...options,
    host,
    advertisedHost,
    advertisedPort: options.advertisedPort,
  };
}
