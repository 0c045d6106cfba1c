import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './errors.ts';
import { listProcesses, type RunningProcess } from './processes.ts';

const GRACE_MS = 10_000;
const KILL_AFTER_MS = 20_000;

/**
 * A name for the cluster in a folder that its processes carry in their titles (`cluster_name`), so that they are known
 * again after whoever started them is gone, and are never mistaken for another database's. Titles are readable even
 * where a process's working directory is not (root in a container).
 */
export async function clusterName(clusterDirectory: string): Promise<string> {
  const { dev, ino } = await stat(clusterDirectory, { bigint: true });
  return `sluice-${dev.toString(36)}-${ino.toString(36)}`;
}

/**
 * Ends what an earlier start left behind. After a `kill -9` of the supervisor PostgreSQL runs on, and after one of its
 * own its backends may run on for a while; neither may meet a second server on the same files. A `postmaster.pid` is
 * removed once nobody is left that it could protect: PostgreSQL removes it by itself only where the process is gone, and
 * not while that is a zombie or the number belongs to another program by now.
 * @throws EmbeddedPostgresError `already-running` where the server's own supervisor is alive
 */
export async function clearLeftovers(clusterDirectory: string, log: (line: string) => void): Promise<void> {
  const name = await clusterName(clusterDirectory);
  const startedAt = performance.now();
  let asked = new Set<string>();
  for (;;) {
    const ours = (await listProcesses()).filter(({ command }) => command.includes(name));
    if (ours.length === 0) break;
    requireOrphans(ours, clusterDirectory);
    const waitedMs = performance.now() - startedAt;
    asked = endAll(ours, waitedMs > KILL_AFTER_MS ? 'SIGKILL' : waitedMs > GRACE_MS ? 'SIGQUIT' : 'SIGINT', asked, log);
    await delay(20);
  }
  await removePidFile(clusterDirectory);
}

function requireOrphans(ours: readonly RunningProcess[], clusterDirectory: string): void {
  for (const { pid, parentPid, command } of ours) {
    const supervisor = Number(/sluice\.supervisor_pid=(\d+)/.exec(command)?.[1] ?? Number.NaN);
    if (supervisor !== parentPid) continue;
    throw new EmbeddedPostgresError(
      'already-running',
      `${clusterDirectory} is already served by PostgreSQL (process ${pid}), which process ${supervisor} looks after. ` +
        'Stop that one first, or set SLUICE_DATA_DIR to another folder.',
    );
  }
}

/** Asks each process once per signal. Returns whom it has asked what. */
function endAll(
  processes: readonly RunningProcess[],
  signal: NodeJS.Signals,
  asked: ReadonlySet<string>,
  log: (line: string) => void,
): Set<string> {
  const now = new Set(asked);
  const server = processes.find(({ command }) => command.includes('sluice.supervisor_pid='));
  // The server ends its own children; without one they end by themselves, unless they take too long.
  for (const { pid } of server ? [server] : signal === 'SIGINT' ? [] : processes) {
    const key = `${pid} ${signal}`;
    if (now.has(key)) continue;
    now.add(key);
    log(`ending PostgreSQL (process ${pid}), left behind by an earlier start, with ${signal}`);
    try {
      process.kill(pid, signal);
    } catch {
      // Gone in the meantime.
    }
  }
  return now;
}

async function removePidFile(clusterDirectory: string): Promise<void> {
  const path = join(clusterDirectory, 'postmaster.pid');
  const content = await readFile(path, 'utf8').catch(() => undefined);
  if (content === undefined) return;
  const pid = Number(content.split('\n')[0]);
  // Somebody's own `pg_ctl start` on these files: PostgreSQL itself refuses then, and says so.
  const holder = (await listProcesses()).find((one) => one.pid === pid);
  if (holder && /postgres/.test(holder.command)) return;
  await rm(path, { force: true });
}
