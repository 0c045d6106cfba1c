import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './errors.ts';
import { listProcesses, type RunningProcess } from './processes.ts';

const KILL_AFTER_MS = 10_000;

/** A process that was killed a moment ago is still there for another. */
const SETTLE_MS = 1_000;

/** In the arguments of a server, not in the titles of its backends. */
const SUPERVISOR = /sluice\.supervisor_pid=(\d+)/;

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
 * Ends what runs on without its supervisor. After a `kill -9` of the supervisor PostgreSQL runs on, and after one of its
 * own its backends may run on for a while; neither may meet a second server on the same files.
 * @throws EmbeddedPostgresError `already-running` where the server's own supervisor is alive, `data-unusable` where it
 * runs as an account that the caller may not signal
 */
export async function endLeftovers(clusterDirectory: string, log: (line: string) => void): Promise<void> {
  const name = await clusterName(clusterDirectory);
  const startedAt = performance.now();
  const asked = new Set<string>();
  for (;;) {
    const processes = await listProcesses();
    const ours = processes.filter(({ command }) => isOf(name, command));
    if (ours.length === 0) return;
    const waitedMs = performance.now() - startedAt;
    const supervised = ours.find((one) => isSupervised(one, processes));
    if (supervised && waitedMs > SETTLE_MS) throw alreadyRunning(supervised, clusterDirectory);
    for (const { pid, signal } of supervised ? [] : endings(ours, waitedMs < KILL_AFTER_MS)) {
      if (asked.has(`${pid} ${signal}`)) continue;
      asked.add(`${pid} ${signal}`);
      log(`ending PostgreSQL (process ${pid}), whose supervisor is gone, by ${signal}`);
      kill(pid, signal);
    }
    await delay(20);
  }
}

/** The server is known by its arguments, and its backends are by their titles. */
const isOf = (name: string, command: string): boolean =>
  command.includes(` cluster_name=${name} `) || command.startsWith(`postgres: ${name}: `);

function isSupervised({ parentPid, command }: RunningProcess, processes: readonly RunningProcess[]): boolean {
  const supervisor = processes.find(({ pid }) => pid === Number(SUPERVISOR.exec(command)?.[1]));
  return supervisor !== undefined && supervisor.pid === parentPid && supervisor.command !== '';
}

const alreadyRunning = ({ pid, parentPid }: RunningProcess, clusterDirectory: string): EmbeddedPostgresError =>
  new EmbeddedPostgresError(
    'already-running',
    `${clusterDirectory} is already served by PostgreSQL (process ${pid}), which process ${parentPid} looks after. ` +
      'Stop that one first, or set SLUICE_DATA_DIR to another folder',
  );

/** A server ends its backends; backends that have lost their server are ended themselves. */
function endings(
  ours: readonly RunningProcess[],
  isPatient: boolean,
): readonly { readonly pid: number; readonly signal: NodeJS.Signals }[] {
  if (!isPatient) return ours.map(({ pid }) => ({ pid, signal: 'SIGKILL' }));
  const server = ours.find(({ command }) => SUPERVISOR.test(command));
  if (server) return [{ pid: server.pid, signal: 'SIGINT' }];
  return ours.map(({ pid }) => ({ pid, signal: 'SIGTERM' }));
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone in the meantime.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
    throw new EmbeddedPostgresError(
      'data-unusable',
      `PostgreSQL (process ${pid}) must be ended first, but this user may not do that. End it as the user who started it`,
      { cause: error },
    );
  }
}

/**
 * Removes the `postmaster.pid` of a server that is gone, once nobody is left that it could protect. PostgreSQL removes it by
 * itself only where the process is gone, and not while that is a zombie or the number belongs to another program by now.
 */
export async function removePidFile(clusterDirectory: string): Promise<void> {
  const processes = await listProcesses();
  const path = join(clusterDirectory, 'postmaster.pid');
  const content = await readFile(path, 'utf8').catch(() => '');
  const holder = processes.find(({ pid }) => pid === Number.parseInt(content, 10));
  // A server that somebody else started on these files: PostgreSQL itself refuses then, and says so.
  if (holder && /postgres/.test(holder.command)) return;
  await rm(path, { force: true });
}
