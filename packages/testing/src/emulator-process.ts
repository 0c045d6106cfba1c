import { type Child, startNode } from './child-process.ts';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

export interface EmulatorProcessOptions {
  /** The path of its main.ts. */
  readonly main: string;
  /** The variables that name its port and its folder. */
  readonly port: string;
  readonly directory: string;
}

/** An emulator as a process that can be killed, and started again on the same port and data. */
export class EmulatorProcess implements AsyncDisposable {
  readonly port: number;
  readonly #options: EmulatorProcessOptions;
  readonly #folder: { readonly path: string } & AsyncDisposable;
  #child: Child | undefined;

  static async start(options: EmulatorProcessOptions): Promise<EmulatorProcess> {
    const folder = await temporaryDirectory('sluice-emulator-');
    const emulator = new EmulatorProcess(options, await freePort(), folder);
    await emulator.start();
    return emulator;
  }

  private constructor(
    options: EmulatorProcessOptions,
    port: number,
    folder: { readonly path: string } & AsyncDisposable,
  ) {
    this.#options = options;
    this.port = port;
    this.#folder = folder;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const { main, port, directory } = this.#options;
    const env = { [port]: String(this.port), [directory]: this.#folder.path };
    const child = startNode({ name: 'emulator', args: [main], env });
    this.#child = child;
    await waitFor('the emulator to listen', () => child.output().includes('listening on'));
  }

  /** SIGKILL: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#child?.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#folder[Symbol.asyncDispose]();
  }
}
