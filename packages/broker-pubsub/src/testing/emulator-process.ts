import { fileURLToPath } from 'node:url';
import { type Child, freePort, startNode, temporaryDirectory, waitFor } from '@sluice/testing';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.resolve('@sluice/emulator-pubsub')));

/** The emulator as a process that can be killed, and started again on the same port and data. */
export class EmulatorProcess implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #owned: AsyncDisposable;
  #child: Child | undefined;

  static async start(): Promise<EmulatorProcess> {
    const directory = await temporaryDirectory('sluice-broker-pubsub-');
    const emulator = new EmulatorProcess(await freePort(), directory.path, directory);
    await emulator.start();
    return emulator;
  }

  private constructor(port: number, directory: string, owned: AsyncDisposable) {
    this.port = port;
    this.#directory = directory;
    this.#owned = owned;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const env = { PUBSUB_PORT: String(this.port), PUBSUB_DATA_DIR: this.#directory };
    const child = startNode({ name: 'emulator', args: [MAIN], env });
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
    await this.#owned[Symbol.asyncDispose]();
  }
}
