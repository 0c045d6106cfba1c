import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Account } from './account.ts';
import type { Doorway } from './doorway.ts';
import { EmbeddedPostgresError } from './errors.ts';

export interface RunOptions {
  readonly account: Account | null;
  readonly doorway: Doorway;
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/**
 * How every binary of PostgreSQL's is run: as the account, from a folder that exists for everybody, with an environment
 * of its own, since a PGDATA, PGPORT or LC_ALL of the caller's would change what is started.
 */
export function spawnOptions({ account, doorway }: RunOptions): SpawnOptions {
  return {
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'pipe', ...(doorway.descriptor === null ? [] : [doorway.descriptor])],
    ...account,
  };
}

/** Runs a program to its end. @throws EmbeddedPostgresError `start-failed` with the last of what it wrote, `aborted` */
export async function runToEnd(program: string, args: readonly string[], options: RunOptions): Promise<void> {
  const { signal, input = '' } = options;
  const child = spawn(program, args, spawnOptions(options));
  const output = keepTail(child);
  child.stdin?.on('error', () => {}).end(input);
  const abort = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  const fault = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, by) => resolve(code === 0 ? null : `it ended with ${by ?? `code ${code}`}`));
  });
  signal?.removeEventListener('abort', abort);
  if (signal?.aborted) throw aborted();
  if (fault !== null) {
    throw new EmbeddedPostgresError('start-failed', `${basename(program)} failed: ${fault}. ${output()}`.trim());
  }
}

export const aborted = (): EmbeddedPostgresError =>
  new EmbeddedPostgresError('aborted', 'the start of PostgreSQL was aborted');

const TAIL_LENGTH = 2_000;

/** Keeps the end of what a child writes, to tell why it ended. */
export function keepTail(child: ChildProcess): () => string {
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString('utf8')).slice(-TAIL_LENGTH);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => tail.trim();
}
