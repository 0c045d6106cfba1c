import { join } from 'node:path';
import {
  type Environment,
  faulty,
  logLevel,
  readSettings,
  type Setting,
  type SettingFault,
  settings,
  valid,
  variable,
  wholeNumber,
} from '@sluice/runtime';

/** The processes of the pipeline, in the order of the data's way from where it is kept to where it is read. */
export const PART_NAMES = ['kafka', 'postgres', 'ingest', 'consumer', 'query', 'gateway'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** The checkout: services are started from it, and data is kept in it unless told otherwise. */
export const ROOT = join(import.meta.dirname, '../../../..');

export const PORT_VARIABLES = {
  kafka: 'KAFKA_PORT',
  postgres: 'POSTGRES_PORT',
  ingest: 'INGEST_PORT',
  consumer: 'CONSUMER_PORT',
  query: 'QUERY_PORT',
  gateway: 'GATEWAY_PORT',
} as const satisfies Record<PartName, string>;

const DEFAULT_PORTS: Readonly<Record<PartName, number>> = {
  kafka: 9092,
  postgres: 5433,
  ingest: 7080,
  consumer: 7081,
  query: 7082,
  gateway: 5000,
};

const portOf = (part: PartName, min = 0): Setting<number> =>
  wholeNumber(PORT_VARIABLES[part], { min, max: 65_535, fallback: DEFAULT_PORTS[part] });

const PORTS = {
  kafka: portOf('kafka'),
  postgres: portOf('postgres'),
  ingest: portOf('ingest'),
  consumer: portOf('consumer'),
  query: portOf('query'),
  gateway: portOf('gateway'),
};

/** Where a part listens, for a command that is to find it: with 0, any port, only the output of the start tells. */
export const startedPort = (part: PartName): Setting<number> => portOf(part, 1);

/** A server of the user's own stands in for the part. */
const isGiven = (...names: readonly string[]) => ({
  read: (environment: Environment) => valid(names.some((name) => environment[name])),
});

const given = settings({ kafkaIsGiven: isGiven('KAFKA_BROKER'), postgresIsGiven: isGiven('DATABASE_URL', 'DB_URL') });

const eachByItself = settings({
  ports: settings(PORTS),
  dataDirectory: variable({
    name: 'SLUICE_DATA_DIR',
    rule: 'be a path',
    parse: (text) => (text.includes('\0') ? undefined : text),
    fallback: join(ROOT, '.sluice'),
  }),
  given,
  // The parts read it themselves; one message is better than six.
  level: logLevel,
});

/** Ports that are right by themselves are held against each other also where something else is wrong. */
export const startSettings: Setting<StartSettings> = {
  read(environment) {
    const result = eachByItself.read(environment);
    const faults = [...(result.kind === 'faulty' ? result.faults : []), ...sharedPorts(environment)];
    if (result.kind === 'faulty' || faults.length > 0) return faulty(...faults);
    const { given, ports, dataDirectory } = result.value;
    return valid({ ports, dataDirectory, ...given });
  },
};

export interface StartSettings {
  readonly ports: Readonly<Record<PartName, number>>;
  readonly dataDirectory: string;
  readonly kafkaIsGiven: boolean;
  readonly postgresIsGiven: boolean;
}

/** The parts to start. */
export function partsToStart({
  kafkaIsGiven,
  postgresIsGiven,
}: Pick<StartSettings, 'kafkaIsGiven' | 'postgresIsGiven'>): readonly PartName[] {
  return PART_NAMES.filter((name) => !(name === 'kafka' && kafkaIsGiven) && !(name === 'postgres' && postgresIsGiven));
}

function sharedPorts(environment: Environment): SettingFault[] {
  const taken = new Map<number, PartName>();
  const faults: SettingFault[] = [];
  for (const name of partsToStart(readSettings(given, environment))) {
    const read = PORTS[name].read(environment);
    if (read.kind === 'faulty' || read.value === 0) continue;
    const port = read.value;
    const other = taken.get(port);
    if (other) {
      const rule = `differ from ${PORT_VARIABLES[other]}`;
      faults.push({ variable: PORT_VARIABLES[name], rule, received: `${port} for both` });
    }
    taken.set(port, name);
  }
  return faults;
}
