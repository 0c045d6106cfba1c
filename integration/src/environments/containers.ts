import { freePort, waitFor } from '@sluice/testing';
import { KafkaContainer } from '@testcontainers/kafka';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import {
  GenericContainer,
  getContainerRuntimeClient,
  type PortWithOptionalBinding,
  type StartedTestContainer,
  Wait,
} from 'testcontainers';
import { createDatabase } from './databases.ts';
import { type Environment, SESSION_TIMEOUT_MS, type Server } from './environment.ts';

const KAFKA_IMAGE = 'confluentinc/cp-kafka:8.1.0';
const POSTGRES_IMAGE = 'postgres:18';
/** The listener for clients outside of the container. */
const KAFKA_PORT = 9093;
const POSTGRES_PORT = 5432;

const PUBSUB_IMAGE = 'google/cloud-sdk:emulators';
const PUBSUB_PORT = 8085;

/**
 * Google's own fake of Pub/Sub (pstest) and PostgreSQL by Testcontainers. It keeps everything in memory, cannot seek back,
 * and knows neither snapshots nor retry policies.
 */
export async function pubSubContainerEnvironment(): Promise<Environment> {
  await using opened = new AsyncDisposableStack();
  const [pubsub, postgres] = await Promise.all([
    new GenericContainer(PUBSUB_IMAGE)
      .withExposedPorts(PUBSUB_PORT)
      .withCommand(['gcloud', 'beta', 'emulators', 'pubsub', 'start', `--host-port=0.0.0.0:${PUBSUB_PORT}`])
      .withWaitStrategy(Wait.forLogMessage(/started/))
      .start(),
    new PostgreSqlContainer(POSTGRES_IMAGE).start(),
  ]);
  opened.use(pubsub);
  opened.use(postgres);
  const brokerAddress = `${pubsub.getHost()}:${pubsub.getMappedPort(PUBSUB_PORT)}`;
  const url = postgres.getConnectionUri();
  const unavailable = async (): Promise<never> => {
    throw new Error('what this environment keeps would be gone');
  };
  const closing = opened.move();
  return {
    brokerKind: 'pubsub',
    forgets: true,
    brokerAddress,
    broker: { kill: unavailable, start: unavailable },
    database: serverOf(postgres, () => postgresAnswers(url)),
    createDatabase: () => createDatabase(url),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** Apache Kafka and PostgreSQL by Testcontainers. */
export async function containerEnvironment(): Promise<Environment> {
  await using opened = new AsyncDisposableStack();
  // A container that is started again keeps its port only where it was asked for.
  const [brokerPort, databasePort] = [await freePort(), await freePort()];
  const [kafka, postgres] = await Promise.all([
    new KafkaAtPort(KAFKA_IMAGE, brokerPort)
      .withEnvironment({ KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) })
      .start(),
    new PostgreSqlContainer(POSTGRES_IMAGE).withExposedPorts({ container: POSTGRES_PORT, host: databasePort }).start(),
  ]);
  opened.use(kafka);
  opened.use(postgres);
  const brokerAddress = `${kafka.getHost()}:${kafka.getMappedPort(KAFKA_PORT)}`;
  const url = postgres.getConnectionUri();
  // What the container waits for is said before the broker takes connections; on a busy machine, half a minute before.
  await waitFor('Kafka to answer', () => kafkaAnswers(brokerAddress), { timeoutMs: 120_000, intervalMs: 100 });
  const closing = opened.move();
  return {
    brokerKind: 'kafka',
    brokerAddress,
    broker: serverOf(kafka, () => kafkaAnswers(brokerAddress)),
    database: serverOf(postgres, () => postgresAnswers(url)),
    createDatabase: () => createDatabase(url),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** A KafkaContainer that is reached at a given port: by itself it asks for any, and gets another with every start. */
class KafkaAtPort extends KafkaContainer {
  readonly #hostPort: number;

  constructor(image: string, hostPort: number) {
    super(image);
    this.#hostPort = hostPort;
  }

  override withExposedPorts(...ports: PortWithOptionalBinding[]): this {
    // The constructor of the base comes by here before there is a port.
    if (!(#hostPort in this)) return super.withExposedPorts(...ports);
    return super.withExposedPorts(
      ...ports.map((port) => (port === KAFKA_PORT ? { container: port, host: this.#hostPort } : port)),
    );
  }
}

function serverOf(container: StartedTestContainer, answers: () => Promise<boolean>): Server {
  const handle = async () => (await getContainerRuntimeClient()).container.getById(container.getId());
  return {
    async kill() {
      const running = await handle();
      await running.kill({ signal: 'SIGKILL' });
      await running.wait();
    },
    async start() {
      await (await handle()).start();
      await waitFor('the container to answer again', answers, { timeoutMs: 60_000, intervalMs: 100 });
    },
  };
}

async function kafkaAnswers(address: string): Promise<boolean> {
  const client = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const admin = client.admin();
  try {
    await admin.connect();
    await admin.listTopics();
    return true;
  } finally {
    await admin.disconnect();
  }
}

async function postgresAnswers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } finally {
    await client.end();
  }
}
