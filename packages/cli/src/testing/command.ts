import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const MAIN = join(import.meta.dirname, '../main.ts');

/** A `sluice` command as a process, its two outputs apart. Disposing of it kills it. */
export class RunningCommand implements AsyncDisposable {
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #stdout = '';
  #stderr = '';

  /** @param reads whether its standard output is read */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, reads = true) {
    this.#child = spawn(process.execPath, [MAIN, ...args], {
      env: { PATH: process.env.PATH, NODE_NO_WARNINGS: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal }));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    const { stdout } = this.#child;
    // A listener for this alone reads no more than fits its buffer.
    if (!reads) stdout.on('readable', () => {});
    else {
      stdout.setEncoding('utf8').on('data', (text: string) => {
        this.#stdout += text;
      });
    }
  }

  /** The whole lines of standard output so far. */
  lines(): string[] {
    return this.#stdout.split('\n').slice(0, -1);
  }

  complaints(): string {
    return this.#stderr;
  }

  /** Whether there is standard output that was not read. */
  isHeldUp(): boolean {
    return this.#child.stdout.readableLength > 0;
  }

  /** As when `head` has what it wants. */
  stopReading(): void {
    this.#child.stdout.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}
