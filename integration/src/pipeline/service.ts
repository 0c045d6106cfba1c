import { join } from 'node:path';
import { type Child, type Exit, startNode, waitFor } from '@sluice/testing';

export type ServiceName = 'ingest' | 'consumer' | 'query';

const SERVICES = join(import.meta.dirname, '../../../services');

/** A service as the process it is in production, at an address that it keeps through all its restarts. */
export class Service implements AsyncDisposable {
  readonly name: ServiceName;
  readonly url: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: Child | undefined;

  constructor(name: ServiceName, port: number, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.#env = { ...env, SERVER_PORT: String(port) };
  }

  /** The process that was started last. */
  get child(): Child {
    if (!this.#child) throw new Error(`${this.name} was not started`);
    return this.#child;
  }

  /** Starts it, and resolves when it says that it is ready. `env` changes what it is told, this time. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.launch(env);
    await this.ready();
  }

  launch(env: Readonly<Record<string, string>> = {}): void {
    const args = [join(SERVICES, this.name, 'src/main.ts')];
    this.#child = startNode({ name: this.name, args, env: { ...this.#env, ...env } });
  }

  /** Resolves when it says that it is ready. @throws where it ends instead */
  async ready(timeoutMs = 30_000): Promise<void> {
    const { child } = this;
    await waitFor(
      `${this.name} to be ready`,
      async () => child.hasExited() || (await this.get('/ready')).status === 200,
      { timeoutMs },
    ).catch((error) => {
      throw new Error(`${this.name} did not become ready; its last words:\n${lastWords(child)}`, { cause: error });
    });
    if (child.hasExited())
      throw new Error(`${this.name} ended instead of becoming ready; its last words:\n${lastWords(child)}`);
  }

  async get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(10_000) });
    return { status: response.status, body: await response.text() };
  }

  /** The sum of a metric over its labels, or over those that match. */
  async metric(name: string, labels = ''): Promise<number> {
    const { body } = await this.get('/metrics');
    const lines = body.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(labels));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.child.exited;
  }

  async stop(withinMs?: number): Promise<Exit> {
    return await this.child.stop(withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
  }
}

const lastWords = (child: Child): string => child.output().slice(-2_000);
