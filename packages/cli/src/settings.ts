import { join } from 'node:path';
import {
  type Environment,
  faulty,
  logLevel,
  refined,
  type SettingFault,
  settings,
  valid,
  variable,
  wholeNumber,
} from '@sluice/runtime';

/** The processes of the pipeline, in the order of the data's way from where it is kept to where it is read. */
export const PART_NAMES = ['kafka', 'postgres', 'ingest', 'consumer', 'query'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** The checkout: services are started from it, and data is kept in it unless told otherwise. */
export const ROOT = join(import.meta.dirname, '../../..');

export const PORT_VARIABLES = {
  kafka: 'KAFKA_PORT',
  postgres: 'POSTGRES_PORT',
  ingest: 'INGEST_PORT',
  consumer: 'CONSUMER_PORT',
  query: 'QUERY_PORT',
} as const satisfies Record<PartName, string>;

const portOf = (part: PartName, fallback: number) =>
  wholeNumber(PORT_VARIABLES[part], { min: 0, max: 65_535, fallback });

const ports = settings({
  kafka: portOf('kafka', 9092),
  postgres: portOf('postgres', 5433),
  ingest: portOf('ingest', 7080),
  consumer: portOf('consumer', 7081),
  query: portOf('query', 7082),
});

/** A server of the user's own stands in for the part. */
const isGiven = (...names: readonly string[]) => ({
  read: (environment: Environment) => valid(names.some((name) => environment[name])),
});

export const startSettings = refined(
  settings({
    ports,
    dataDirectory: variable({
      name: 'SLUICE_DATA_DIR',
      rule: 'be a path',
      parse: (text) => (text.includes('\0') ? undefined : text),
      fallback: join(ROOT, '.sluice'),
    }),
    kafkaIsGiven: isGiven('KAFKA_BROKER'),
    postgresIsGiven: isGiven('DATABASE_URL', 'DB_URL'),
    // The parts read it themselves; one message is better than five.
    level: logLevel,
  }),
  (all) => {
    const faults = sharedPorts(all);
    return faults.length > 0 ? faulty(...faults) : valid(all);
  },
);

export interface StartSettings {
  readonly ports: Readonly<Record<PartName, number>>;
  readonly dataDirectory: string;
  readonly kafkaIsGiven: boolean;
  readonly postgresIsGiven: boolean;
}

/** The parts to start. */
export function partsToStart({ kafkaIsGiven, postgresIsGiven }: StartSettings): readonly PartName[] {
  return PART_NAMES.filter((name) => !(name === 'kafka' && kafkaIsGiven) && !(name === 'postgres' && postgresIsGiven));
}

function sharedPorts(all: StartSettings): SettingFault[] {
  const taken = new Map<number, PartName>();
  const faults: SettingFault[] = [];
  for (const name of partsToStart(all)) {
    const port = all.ports[name];
    const other = taken.get(port);
    if (other && port !== 0) {
      const rule = `differ from ${PORT_VARIABLES[other]}`;
      faults.push({ variable: PORT_VARIABLES[name], rule, received: `${port} for both` });
    }
    taken.set(port, name);
  }
  return faults;
}
