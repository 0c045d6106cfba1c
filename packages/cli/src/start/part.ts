import { join } from 'node:path';
import type { Environment } from '@sluice/runtime';
import type { DataDirectory } from './data-directory.ts';
import { type PartName, ROOT } from './settings.ts';

/** One process of the pipeline: its entry point, which is the same in production, and what it is told. */
export interface Part {
  readonly name: PartName;
  readonly entry: string;
  /** Beside the environment of `sluice start` itself. */
  readonly env: Readonly<Record<string, string>>;
  readonly address: string;
  /** Answers with 200 once the part can work; null where another part's readiness tells. */
  readonly readyUrl: string | null;
}

const ENTRIES: Readonly<Record<PartName, string>> = {
  kafka: join(ROOT, 'packages/emulator-kafka/src/main.ts'),
  pubsub: join(ROOT, 'packages/emulator-pubsub/src/main.ts'),
  postgres: join(import.meta.dirname, 'postgres.ts'),
  ingest: join(ROOT, 'services/ingest/src/main.ts'),
  consumer: join(ROOT, 'services/consumer/src/main.ts'),
  query: join(ROOT, 'services/query/src/main.ts'),
  gateway: join(import.meta.dirname, '../gateway/main.ts'),
};

const LOOPBACK = '127.0.0.1';

/** Where a part listens: `HOST` for the services, `KAFKA_HOST` or `PUBSUB_HOST` for the broker, as for each by itself. */
export function listenHost(name: PartName, { HOST, KAFKA_HOST, PUBSUB_HOST }: Environment): string {
  switch (name) {
    case 'postgres':
      return LOOPBACK;
    case 'kafka':
      return KAFKA_HOST || LOOPBACK;
    case 'pubsub':
      return PUBSUB_HOST || LOOPBACK;
    case 'ingest':
    case 'consumer':
    case 'query':
    case 'gateway':
      return HOST || LOOPBACK;
    default:
      return name satisfies never;
  }
}

/** The parts to run on these ports, wired to each other. */
export function partsOn(
  ports: ReadonlyMap<PartName, number>,
  directory: DataDirectory,
  environment: Environment,
): readonly Part[] {
  const addressOf = (name: PartName): string => `${reachable(listenHost(name, environment))}:${ports.get(name)}`;
  const databaseUrl = `postgres://sluice:sluice@${addressOf('postgres')}/sluice`;
  const wiring = {
    ...(ports.has('kafka') && { KAFKA_BROKER: addressOf('kafka') }),
    ...(ports.has('pubsub') && { PUBSUB_EMULATOR_HOST: addressOf('pubsub') }),
    ...(ports.has('postgres') && { DATABASE_URL: databaseUrl }),
  };
  return [...ports].map(([name, port]): Part => {
    const entry = ENTRIES[name];
    switch (name) {
      case 'kafka': {
        const env = { KAFKA_PORT: String(port), KAFKA_DATA_DIR: directory.kafka };
        return { name, entry, env, address: addressOf(name), readyUrl: null };
      }
      case 'pubsub': {
        const env = { PUBSUB_PORT: String(port), PUBSUB_DATA_DIR: directory.pubsub };
        return { name, entry, env, address: addressOf(name), readyUrl: null };
      }
      case 'postgres': {
        const env = { POSTGRES_PORT: String(port), POSTGRES_DATA_DIR: directory.postgres };
        return { name, entry, env, address: databaseUrl, readyUrl: null };
      }
      case 'ingest':
      case 'consumer':
      case 'query': {
        const address = `http://${addressOf(name)}`;
        return { name, entry, env: { ...wiring, SERVER_PORT: String(port) }, address, readyUrl: `${address}/ready` };
      }
      case 'gateway': {
        const address = `http://${addressOf(name)}`;
        const behind = { INGEST_URL: `http://${addressOf('ingest')}`, QUERY_URL: `http://${addressOf('query')}` };
        // Ingest answers this one: the way to it is what is to be known; whether it is ready, it is asked itself.
        return { name, entry, env: { ...behind, SERVER_PORT: String(port) }, address, readyUrl: `${address}/health` };
      }
      default:
        return name satisfies never;
    }
  });
}

/** How this machine reaches what listens there. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return LOOPBACK;
  return host.includes(':') ? `[${host}]` : host;
}
