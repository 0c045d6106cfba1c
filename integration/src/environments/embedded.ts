import { connect } from 'node:net';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@sluice/embedded-postgres';
import { type Child, freePort, startNode, temporaryDirectory, waitFor } from '@sluice/testing';
import { createDatabase } from './databases.ts';
import {
  type ArrangeFault,
  type BrokerPlace,
  type Environment,
  SESSION_TIMEOUT_MS,
  type Server,
} from './environment.ts';

const EMULATORS = {
  kafka: join(import.meta.dirname, 'emulator-process.ts'),
  pubsub: join(import.meta.dirname, 'pubsub-process.ts'),
} as const;

/** The Kafka emulator and the PostgreSQL from npm, each as a process of its own. */
export const embeddedEnvironment = (): Promise<Environment> => embedded('kafka');

/** The Pub/Sub emulator and the PostgreSQL from npm, each as a process of its own. */
export const embeddedPubSubEnvironment = (): Promise<Environment> => embedded('pubsub');

async function embedded(brokerKind: BrokerPlace['brokerKind']): Promise<Environment> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryDirectory());
  const [brokerPort, faultsPort, databasePort] = [await freePort(), await freePort(), await freePort()];
  const env = {
    PORT: String(brokerPort),
    DIRECTORY: join(folder.path, brokerKind),
    ...(brokerKind === 'kafka'
      ? { MIN_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) }
      : { FAULTS_PORT: String(faultsPort) }),
  };
  const broker = opened.use(new EmulatorProcess(EMULATORS[brokerKind], env, brokerPort));
  const database = opened.use(new PostgresProcess(join(folder.path, 'postgres'), databasePort));
  await Promise.all([broker.start(), database.start()]);
  const arrangeFault: ArrangeFault = async (method, ...args) => {
    const body = JSON.stringify(args);
    const answer = await fetch(`http://127.0.0.1:${faultsPort}/${method}`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`the emulator could not be made to ${method}`);
  };
  const closing = opened.move();
  return {
    brokerKind,
    brokerAddress: `127.0.0.1:${brokerPort}`,
    broker,
    ...(brokerKind === 'pubsub' && { arrangeFault }),
    database,
    createDatabase: () => createDatabase(database.url),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

class EmulatorProcess implements Server, AsyncDisposable {
  readonly #script: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #port: number;
  #child: Child | undefined;

  constructor(script: string, env: Readonly<Record<string, string>>, port: number) {
    this.#script = script;
    this.#env = env;
    this.#port = port;
  }

  async start(): Promise<void> {
    const child = startNode({ name: 'emulator', args: [this.#script], env: this.#env });
    this.#child = child;
    await waitFor('the emulator', () => {
      if (child.hasExited()) throw new Error(`the emulator ended: ${child.output()}`);
      return acceptsConnections(this.#port);
    });
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#child?.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
  }
}

class PostgresProcess implements Server, AsyncDisposable {
  readonly #dataDirectory: string;
  readonly #port: number;
  #server: EmbeddedPostgres | undefined;

  constructor(dataDirectory: string, port: number) {
    this.#dataDirectory = dataDirectory;
    this.#port = port;
  }

  get url(): string {
    if (!this.#server) throw new Error('PostgreSQL was not started');
    return this.#server.url;
  }

  async start(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ dataDirectory: this.#dataDirectory, port: this.#port });
  }

  async kill(): Promise<void> {
    if (!this.#server) return;
    process.kill(this.#server.pid, 'SIGKILL');
    await this.#server.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop();
  }
}

function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
