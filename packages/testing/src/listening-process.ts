import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ListeningProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  /** What it has written so far. */
  readonly lines: string[];
  /** Sends the signal and waits for the end. @returns the exit code, null after a kill. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Runs a file with Node as a process of its own, and waits until it says where on 127.0.0.1 it listens. */
export async function startListeningProcess(
  main: string,
  env: Readonly<Record<string, string>>,
): Promise<ListeningProcess> {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const listening = Promise.withResolvers<number>();
  exited.then(() => listening.reject(new Error(`${main} ended: ${lines.join('\n')}`)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    const found = /listening on 127\.0\.0\.1:(\d+)/.exec(line);
    if (found !== null) listening.resolve(Number(found[1]));
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const [code] = await exited;
    return code;
  };
  const port = await listening.promise;
  return {
    child,
    port,
    address: `127.0.0.1:${port}`,
    lines,
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}
