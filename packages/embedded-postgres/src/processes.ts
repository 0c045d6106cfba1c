import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface RunningProcess {
  readonly pid: number;
  readonly parentPid: number;
  /** The program and its arguments, or the title that it gave itself. Empty for a zombie. */
  readonly command: string;
}

/** All processes that the caller can see. Linux has them as files; elsewhere `ps` is always there. */
export async function listProcesses(): Promise<readonly RunningProcess[]> {
  return process.platform === 'linux' ? await readProc() : await askPs();
}

async function readProc(): Promise<RunningProcess[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const found = await Promise.all(pids.map((pid) => readOne(pid).catch(() => undefined)));
  return found.filter((one) => one !== undefined);
}

async function readOne(pid: number): Promise<RunningProcess> {
  const [commandLine, stat] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
  ]);
  // "pid (name) state ppid …", where the name may hold spaces and brackets.
  const [, parentPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parentPid: Number(parentPid), command: commandLine.replaceAll('\0', ' ').trim() };
}

async function askPs(): Promise<RunningProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,ppid=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...stdout.matchAll(/^\s*(\d+)\s+(\d+)\s+(.*)$/gm)].map(([, pid, parentPid, command]) => ({
    pid: Number(pid),
    parentPid: Number(parentPid),
    command: command === '<defunct>' ? '' : (command ?? '').trim(),
  }));
}
