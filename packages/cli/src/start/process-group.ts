import { setTimeout as delay } from 'node:timers/promises';

const ASK_MS = 10_000;
const KILL_MS = 2_000;

/**
 * Ends what is left of a part's process group, such as an initdb whose keeper was killed: asks with SIGINT, on which
 * initdb removes what is half-made, and kills what has not ended then. PostgreSQL itself is in a group of its own.
 */
export async function endGroup(pid: number): Promise<void> {
  if (await groupEnds(pid, 'SIGINT', ASK_MS)) return;
  await groupEnds(pid, 'SIGKILL', KILL_MS);
}

async function groupEnds(pid: number, signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  if (!signalGroup(pid, signal)) return true;
  while (performance.now() < deadline) {
    await delay(20);
    if (!signalGroup(pid, 0)) return true;
  }
  return false;
}

/** Whether there is anybody in the group. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
