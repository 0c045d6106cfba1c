import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '@sluice/testing';
import { median } from './ratio.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A part of the product, running as a child process as it does in production. */
export interface Running extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Resident memory, in MiB, as Linux reports it. */
  residentMiB(): Promise<number>;
}

/** Starts an entry point of the repository; what it writes to stderr is shown only when it dies unasked. */
export function start(entry: string, env: Readonly<Record<string, string>>, args: readonly string[] = []): Running {
  const child = spawn(process.execPath, [...args, join(ROOT, entry)], {
    cwd: ROOT,
    env: { ...process.env, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  let asked = false;
  child.stderr?.on('data', (chunk) => {
    errors = (errors + chunk).slice(-4_000);
  });
  child.on('exit', (code, signal) => {
    if (!asked) console.error(`${entry} ended (${signal ?? code}):\n${errors}`);
  });
  return {
    process: child,
    async residentMiB() {
      const { readFile } = await import('node:fs/promises');
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    },
    async [Symbol.asyncDispose]() {
      asked = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Waits until the service says that it is ready. */
export async function ready(url: string): Promise<void> {
  await waitFor(`${url}/ready`, async () => (await fetch(`${url}/ready`)).ok, { timeoutMs: 30_000 });
}

/** Whether something takes connections at `host:port`. */
export function listens(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Median seconds from the process's start until it takes connections. */
export async function startSeconds(
  entry: string,
  rounds: number,
  env: (port: string) => Readonly<Record<string, string>>,
): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const port = String(await freePort());
    const startedAt = performance.now();
    await using _process = start(entry, env(port));
    await waitFor(`${entry} to listen`, () => listens(`127.0.0.1:${port}`), { intervalMs: 2 });
    seconds.push((performance.now() - startedAt) / 1000);
  }
  return median(seconds);
}
