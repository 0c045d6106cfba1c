import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface EmulatorProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** `host:port`. */
  readonly address: string;
  /** What it has written so far. */
  readonly lines: string[];
  /** Sends the signal and waits for the end. @returns the exit code, null after a kill. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Runs the emulator as a process of its own and waits until it listens. */
export async function startEmulatorProcess(directory: string, port = 0): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
    env: { ...process.env, PUBSUB_PORT: String(port), PUBSUB_DATA_DIR: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const listening = Promise.withResolvers<string>();
  exited.then(() => listening.reject(new Error(`the emulator ended: ${lines.join('\n')}`)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    const [, address] = /listening on (127\.0\.0\.1:\d+)/.exec(line) ?? [];
    if (address !== undefined) listening.resolve(address);
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const [code] = await exited;
    return code;
  };
  return {
    child,
    address: await listening.promise,
    lines,
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}
