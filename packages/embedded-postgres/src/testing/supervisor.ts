import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Supervisor {
  readonly process: ChildProcess;
  /** Of the server. */
  readonly pid: number;
  readonly url: string;
  /** Resolves when the supervisor has ended. */
  readonly exited: Promise<unknown>;
}

const SCRIPT = new URL('./serve.ts', import.meta.url).pathname;

/** Starts `serve.ts` in a process group of its own and waits for its server. Rejects with its words where it ends before. */
export async function startSupervisor(
  dataDirectory: string,
  account: { readonly uid: number; readonly gid: number } | null = null,
): Promise<Supervisor> {
  const child = spawn(process.execPath, [SCRIPT, dataDirectory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1' },
    detached: true,
    ...account,
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString('utf8');
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    exited.then(() => undefined),
  ]);
  if (line === undefined) throw new Error(words);
  return { process: child, exited, ...(JSON.parse(line) as { pid: number; url: string }) };
}
