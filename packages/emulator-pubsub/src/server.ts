import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { nodeFileSystem, systemClock } from '@sluice/durable-log';
import { withoutFloods } from './events.ts';
import type { PubSubEmulatorOptions, Settings } from './options.ts';
import { openService } from './resources/open-service.ts';
import { type PubSubEmulator, RunningEmulator } from './running-emulator.ts';
import { openDurableStorage } from './storage/durable-storage.ts';
import { openMemoryStorage } from './storage/memory-storage.ts';
import type { Storage } from './storage/storage.ts';

/** A client that vanished without a word is found out some minutes after this. */
const KEEP_ALIVE_AFTER_MS = 60_000;

/**
 * Starts an emulator of Google Pub/Sub.
 * @throws LogError `corrupt` where the data is damaged; whatever the system says where the address cannot be listened on.
 */
export async function startPubSubEmulator(options: PubSubEmulatorOptions = {}): Promise<PubSubEmulator> {
  const settings = withDefaults(options);
  const { clock, host, port, pullWaitMs } = settings;
  await using opened = new AsyncDisposableStack();
  // The port first: where another process has it, it probably has the data as well. Who connects meanwhile waits.
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS });
  server.maxConnections = settings.maxConnections;
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
  const log = withoutFloods(settings.onEvent, clock);
  const fail = (error: Error): void => running?.fail(error);
  const storage = opened.use(await openStorage({ ...settings, onEvent: log }, fail));
  const stopping = new AbortController();
  const service = opened.use(await openService({ storage, clock, log, pullWaitMs, stopping: stopping.signal }));
  running = new RunningEmulator(settings, { service, server, stopping, owned: opened.move() });
  for (const socket of sockets.splice(0)) running.accept(socket);
  return running;
}

async function openStorage(settings: Settings, fail: (error: Error) => void): Promise<Storage> {
  const { directory, clock, fileSystem, cacheBytes, onEvent } = settings;
  if (directory === undefined) return openMemoryStorage({ clock });
  return openDurableStorage({
    directory,
    fileSystem,
    clock,
    cacheBytes,
    fail,
    onEvent: (name, event) => onEvent({ kind: 'log', name, event }),
  });
}

/** For a start that failed; what runs has closed its server already. */
async function closeServer(server: Server, sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

const withDefaults = (options: PubSubEmulatorOptions): Settings => ({
  host: '127.0.0.1',
  port: 0,
  pullWaitMs: 10_000,
  maxMessageBytes: 32 * 1024 * 1024,
  maxArrivingBytes: 256 * 1024 * 1024,
  maxConnections: 5_000,
  drainTimeoutMs: 5_000,
  retentionIntervalMs: 60_000,
  fileSystem: nodeFileSystem,
  clock: systemClock,
  onEvent: () => undefined,
  ...options,
  directory: options.directory,
  cacheBytes: options.cacheBytes,
});
