import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  /** For messages. */
  readonly name: string;
  /** Arguments of Node: the script and its own. */
  readonly args: readonly string[];
  /** All the child sees, beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default the caller's. */
  readonly cwd?: string;
  /** In a process group of its own, as a shell starts it, so that `signalGroup` reaches it as Ctrl-C would. */
  readonly ownGroup?: boolean;
}

/** A child process of a test. Disposing of it kills it. */
export interface Child extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended and all its output is there. */
  readonly exited: Promise<Exit>;
  hasExited(): boolean;
  /** What it wrote so far, both streams, the last 256 KiB. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  signalGroup(signal: NodeJS.Signals): void;
  /** SIGTERM, and how it ended. @throws where it has not ended after `withinMs` (default 15,000); it is killed then. */
  stop(withinMs?: number): Promise<Exit>;
}

/** Tests start the same few programs over and over; compiled once, each costs half. */
const COMPILE_CACHE = join(import.meta.dirname, '../../../node_modules/.cache/compile');
const KEPT_OUTPUT = 256 * 1024;
const alive = new Set<ChildProcess>();

// A test process that ends in the middle must not leave its children.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts the Node that runs this. */
export function startNode({ name, args, env = {}, cwd, ownGroup = false }: ChildOptions): Child {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, args, {
    env: { PATH, HOME, TMPDIR, NODE_NO_WARNINGS: '1', NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup,
    ...(cwd !== undefined && { cwd }),
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  alive.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    });
  }
  let ended = false;
  child.once('exit', () => {
    ended = true;
    alive.delete(child);
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody is left.
    }
  };
  return {
    name,
    pid,
    exited,
    hasExited: () => ended,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    signalGroup,
    async stop(withinMs = 15_000) {
      child.kill('SIGTERM');
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child.kill('SIGKILL');
      }, withinMs);
      const exit = await exited;
      clearTimeout(timer);
      if (late) throw new Error(`${name} did not end within ${withinMs} ms of SIGTERM. It wrote:\n${output}`);
      return exit;
    },
    async [Symbol.asyncDispose]() {
      if (ownGroup) signalGroup('SIGKILL');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
