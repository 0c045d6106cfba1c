import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import type { DataDirectory } from './data-directory.ts';
import type { Part } from './part.ts';
import { PartLog } from './part-log.ts';
import { endGroup, signalGroup } from './process-group.ts';
import { ROOT } from './settings.ts';

export interface PartEnd {
  readonly part: Part;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** EX_CONFIG of sysexits(3): what a part ends with whose settings are wrong. */
export const EXIT_CONFIG = 78;

export const howItEnded = ({ code, signal }: PartEnd): string => (signal ? `killed by ${signal}` : `exit code ${code}`);

export interface PartOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: DataDirectory;
  readonly onAlert: (line: string) => void;
  /** Parts that must outlive this one: their lifelines are held by it, too. */
  readonly outlivedBy: readonly PartProcess[];
}

const LIFELINE = pathToFileURL(`${import.meta.dirname}/lifeline.ts`).href;

/** More than the 25 s that a service gives itself. */
const STOP_MS = 30_000;

/**
 * A running part. It leads a process group of its own: Ctrl-C in a terminal goes to the whole group of `sluice start`, and
 * the parts must end in the order of the data's way, not all at once.
 */
export class PartProcess {
  readonly part: Part;
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<PartEnd>;
  readonly #child: ChildProcess;
  /** Open for as long as this process lives, and whoever was started with it. See lifeline.ts. */
  readonly #lifeline: Socket;
  readonly #log: PartLog;

  constructor(part: Part, { environment, directory, onAlert, outlivedBy }: PartOptions) {
    this.part = part;
    const child = spawn(process.execPath, ['--import', LIFELINE, part.entry], {
      cwd: ROOT,
      env: { NODE_COMPILE_CACHE: directory.compileCache, ...environment, ...part.env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...outlivedBy.map((other) => other.#lifeline)],
      detached: true,
    });
    if (child.pid === undefined || !child.stdout || !child.stderr) {
      throw new Error(`${process.execPath} could not be started`);
    }
    this.pid = child.pid;
    this.#lifeline = child.stdio[3] as Socket;
    this.#lifeline.on('error', () => {});
    this.#child = child;
    this.#log = new PartLog({ folder: directory.logs, name: part.name, onAlert }, child.stdout, child.stderr);
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ part, code, signal }));
    });
  }

  lastWords(): Promise<readonly string[]> {
    return this.#log.lastWords();
  }

  /** Asks it to end, and resolves when it and its group have. */
  async stop(): Promise<PartEnd> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => signalGroup(this.pid, 'SIGKILL'), STOP_MS);
    const end = await this.ended;
    clearTimeout(timer);
    this.#lifeline.destroy();
    await endGroup(this.pid);
    await this.#log.close();
    return end;
  }
}
