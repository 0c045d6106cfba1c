import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from './part.ts';
import { signalGroup } from './process-group.ts';
import { identityOf } from './process-identity.ts';

/** A process that a start has started, as the next start has to know it again. */
interface StartedProcess {
  readonly part: string;
  readonly pid: number;
  readonly identity: string;
}

const DRAIN_MS = 10_000;

/** Writes down which processes this start has started, for the next one. */
export function recordProcesses(file: string, started: readonly { readonly part: Part; readonly pid: number }[]): void {
  const known = started.flatMap(({ part: { name }, pid }): StartedProcess[] => {
    const identity = identityOf(pid);
    return identity === undefined ? [] : [{ part: name, pid, identity }];
  });
  writeFileSync(file, JSON.stringify(known));
}

export function forgetProcesses(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Waits for what a killed start has left to end, and ends it where it does not: the parts notice that their supervisor is
 * gone and drain, but one that hangs would keep its port and its files. Touches no process that the start did not start,
 * nor the PostgreSQL of a killed part, which leads a group of its own (leftover-postgres.ts).
 */
export async function endLeftovers(file: string, say: (line: string) => void, drainMs = DRAIN_MS): Promise<void> {
  const left = readProcesses(file);
  const alive = (): StartedProcess[] => left.filter(({ pid, identity }) => identityOf(pid) === identity);
  const names = (): string =>
    alive()
      .map(({ part, pid }) => `${part} (process ${pid})`)
      .join(', ');
  if (alive().length > 0) say(`waiting for what an earlier start left behind: ${names()}`);
  const deadline = performance.now() + drainMs;
  while (alive().length > 0 && performance.now() < deadline) await delay(20);
  if (alive().length > 0) say(`killing what does not end: ${names()}`);
  for (const { pid } of alive()) signalGroup(pid, 'SIGKILL');
  forgetProcesses(file);
}

function readProcesses(file: string): readonly StartedProcess[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // None was written, or a crash of the machine cut it: then nothing of it runs any more.
    return [];
  }
}
