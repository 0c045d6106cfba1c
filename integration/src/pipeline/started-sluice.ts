import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, type Exit, startNode, waitFor } from '@sluice/testing';

const MAIN = join(import.meta.dirname, '../../../packages/cli/src/main.ts');

/** `sluice start` in a terminal of its own: a process group that gets a signal as a whole, as Ctrl-C sends it. */
export class StartedSluice implements AsyncDisposable {
  readonly child: Child;
  readonly #dataDirectory: string;
  #pids: ReadonlyMap<string, number> = new Map();

  constructor(dataDirectory: string, env: Readonly<Record<string, string>> = {}) {
    this.#dataDirectory = dataDirectory;
    const services = { INGEST_PORT: '0', CONSUMER_PORT: '0', QUERY_PORT: '0', GATEWAY_PORT: '0' };
    const ports = { ...services, KAFKA_PORT: '0', PUBSUB_PORT: '0', POSTGRES_PORT: '0' };
    this.child = startNode({
      name: 'sluice start',
      args: [MAIN, 'start'],
      env: { ...ports, SLUICE_DATA_DIR: dataDirectory, ...env },
      ownGroup: true,
    });
  }

  static async ready(dataDirectory: string, env?: Readonly<Record<string, string>>): Promise<StartedSluice> {
    const sluice = new StartedSluice(dataDirectory, env);
    await waitFor('sluice start', () => sluice.child.hasExited() || /^sluice: ready in /m.test(sluice.child.output()), {
      timeoutMs: 60_000,
    });
    if (sluice.child.hasExited()) throw new Error(`sluice start ended: ${sluice.child.output()}`);
    const started: readonly { part: string; pid: number }[] = JSON.parse(
      readFileSync(join(dataDirectory, 'processes.json'), 'utf8'),
    );
    sluice.#pids = new Map(started.map(({ part, pid }) => [part, pid]));
    return sluice;
  }

  /** Where a part listens, as it was printed. */
  address(part: string): string {
    const match = new RegExp(`^  ${part} +(\\S+)`, 'm').exec(this.child.output());
    if (match?.[1] === undefined) throw new Error(`nothing was printed of ${part}:\n${this.child.output()}`);
    return match[1];
  }

  /** The processes that it started, by part. */
  get pids(): ReadonlyMap<string, number> {
    return this.#pids;
  }

  /** The PostgreSQL that the part keeps. */
  postmaster(): number {
    const log = readFileSync(join(this.#dataDirectory, 'logs/postgres.log'), 'utf8');
    return Number([...log.matchAll(/"pid":(\d+),.*"accepts connections"/g)].at(-1)?.[1]);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    this.child.kill(signal);
    return await this.child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its parts notice and drain.
    await this.child[Symbol.asyncDispose]();
    await waitFor('its parts to end', () => [...this.#pids.values()].every((pid) => !isRunning(pid)));
  }
}

/** Whether there is such a process; a zombie counts, but only until somebody waits for it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

function isZombie(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
