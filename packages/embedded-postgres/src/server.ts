import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from './account.ts';
import { type Installation, postgresOf } from './binaries.ts';
import { enter } from './doorway.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { clusterName } from './leftovers.ts';
import { aborted, keepTail, spawnOptions } from './run.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerOptions {
  readonly installation: Installation;
  readonly account: Account | null;
  readonly clusterDirectory: string;
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal | undefined;
  readonly log: (line: string) => void;
}

export interface Server {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly exited: Promise<Exit>;
}

const READY = 'database system is ready to accept connections';
const READY_WITHIN_MS = 60_000;

/** Starts the server and resolves when it accepts connections. @throws EmbeddedPostgresError */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { installation, account, clusterDirectory } = options;
  await using doorway = await enter(clusterDirectory, account);
  const args = ['-D', doorway.path, ...settings(options, await clusterName(clusterDirectory))];
  // In a process group of its own: a terminal's Ctrl-C goes to the whole group, and those who still write need it longer.
  const child = spawn(postgresOf(installation), args, { ...spawnOptions({ account, doorway }), detached: true });
  child.stdin?.on('error', () => {}).end();
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  await untilReady(child, exited, options);
  if (child.pid === undefined) throw new EmbeddedPostgresError('start-failed', 'PostgreSQL could not be started');
  return { child, pid: child.pid, exited };
}

/** Durability is PostgreSQL's own default (fsync and synchronous_commit on) and stays untouched. */
function settings({ host, port }: ServerOptions, name: string): string[] {
  const values = {
    listen_addresses: host,
    port,
    unix_socket_directories: '',
    cluster_name: name,
    'sluice.supervisor_pid': process.pid,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '',
    log_checkpoints: 'off',
  };
  return Object.entries(values).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

async function untilReady(child: ChildProcess, exited: Promise<Exit>, options: ServerOptions): Promise<void> {
  const { signal, log } = options;
  const tail = keepTail(child);
  const settled = new AbortController();
  const ready = new Promise<'ready'>((resolve) => {
    if (!child.stderr) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      log(line);
      if (line.includes(READY)) resolve('ready');
    });
  });
  const stopped = new Promise<'aborted'>((resolve) => {
    signal?.addEventListener('abort', () => resolve('aborted'), { signal: settled.signal });
    if (signal?.aborted) resolve('aborted');
  });
  const late = delay(READY_WITHIN_MS, 'late' as const, { signal: settled.signal }).catch(() => 'late' as const);
  const outcome = await Promise.race([ready, exited, stopped, late]);
  settled.abort();
  if (outcome === 'ready') return;
  child.kill('SIGINT');
  await exited;
  throw outcome === 'aborted' ? aborted() : failure(tail(), outcome === 'late', options);
}

function failure(output: string, late: boolean, { host, port }: ServerOptions): EmbeddedPostgresError {
  if (/Address already in use/.test(output)) {
    return new EmbeddedPostgresError('port-taken', `PostgreSQL must listen on ${host}:${port}, but that port is taken`);
  }
  const fact = late ? `was not ready within ${READY_WITHIN_MS / 1000} s` : 'ended before it was ready';
  return new EmbeddedPostgresError('start-failed', `PostgreSQL ${fact}. Its last words: ${output}`);
}

/** A port that was free a moment ago. */
export async function freePort(host: string): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, host, resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP socket has a port');
  return address.port;
}
