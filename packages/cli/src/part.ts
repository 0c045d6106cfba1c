import { join } from 'node:path';
import type { Environment } from '@sluice/runtime';
import type { DataDirectory } from './data-directory.ts';
import { type PartName, PORT_VARIABLES, ROOT } from './settings.ts';

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
  postgres: join(import.meta.dirname, 'postgres.ts'),
  ingest: join(ROOT, 'services/ingest/src/main.ts'),
  consumer: join(ROOT, 'services/consumer/src/main.ts'),
  query: join(ROOT, 'services/query/src/main.ts'),
};

const LOOPBACK = '127.0.0.1';

/** Where the services listen: `HOST` where the user says so, as for a service by itself. */
export const listenHost = (environment: Environment): string => environment.HOST || LOOPBACK;

/** The parts to run on these ports, wired to each other. */
export function partsOn(
  ports: ReadonlyMap<PartName, number>,
  { kafka, postgres }: DataDirectory,
  environment: Environment,
): readonly Part[] {
  const addressOf = (name: PartName): string => `${LOOPBACK}:${ports.get(name)}`;
  const wiring = {
    ...(ports.has('kafka') && { KAFKA_BROKER: addressOf('kafka') }),
    ...(ports.has('postgres') && { DATABASE_URL: `postgres://sluice:sluice@${addressOf('postgres')}/sluice` }),
  };
  const host = listenHost(environment);
  const reachable = host === '0.0.0.0' || host === '::' ? LOOPBACK : host;
  return [...ports].map(([name, port]): Part => {
    const entry = ENTRIES[name];
    const own = { [PORT_VARIABLES[name]]: String(port) };
    if (name === 'kafka')
      return { name, entry, address: addressOf(name), readyUrl: null, env: { ...own, KAFKA_DATA_DIR: kafka } };
    if (name === 'postgres') {
      return {
        name,
        entry,
        address: wiring.DATABASE_URL ?? '',
        readyUrl: null,
        env: { ...own, POSTGRES_DATA_DIR: postgres },
      };
    }
    const address = `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
    return { name, entry, address, readyUrl: `${address}/ready`, env: { ...wiring, SERVER_PORT: String(port) } };
  });
}
