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
import { type BrokerKind, brokerKind } from '@sluice/wiring';

/** The processes of the pipeline, in the order of the data's way from where it is kept to where it is read. */
export const PART_NAMES = ['kafka', 'pubsub', 'postgres', 'ingest', 'consumer', 'query', 'gateway'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** The checkout: services are started from it, and data is kept in it unless told otherwise. */
export const ROOT = join(import.meta.dirname, '../../../..');

export const PORT_VARIABLES = {
  kafka: 'KAFKA_PORT',
  pubsub: 'PUBSUB_PORT',
  postgres: 'POSTGRES_PORT',
  ingest: 'INGEST_PORT',
  consumer: 'CONSUMER_PORT',
  query: 'QUERY_PORT',
  gateway: 'GATEWAY_PORT',
} as const satisfies Record<PartName, string>;

const DEFAULT_PORTS: Readonly<Record<PartName, number>> = {
  kafka: 9092,
  pubsub: 8085,
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
  pubsub: portOf('pubsub'),
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

/** What says that the broker is somebody else's: Google's own needs credentials, at least. */
const GIVEN_BROKER: Readonly<Record<BrokerKind, readonly string[]>> = {
  kafka: ['KAFKA_BROKER'],
  pubsub: ['PUBSUB_EMULATOR_HOST', 'GOOGLE_APPLICATION_CREDENTIALS'],
};

/** Whether a broker of the user's own is to be used instead of one that is started here. */
export const brokerIsGiven = (kind: BrokerKind, environment: Environment): boolean =>
  GIVEN_BROKER[kind].some((name) => environment[name]);

/** Null where it is given, or none that is known. */
const startedBroker: Setting<BrokerKind | null> = {
  read(environment) {
    const kind = brokerKind.read(environment);
    if (kind.kind === 'faulty') return valid(null);
    return valid(brokerIsGiven(kind.value, environment) ? null : kind.value);
  },
};

const given = settings({ startedBroker, postgresIsGiven: isGiven('DATABASE_URL', 'DB_URL') });

const eachByItself = settings({
  broker: brokerKind,
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
  /** The one to start; null where a broker of the user's own stands in for it. */
  readonly startedBroker: BrokerKind | null;
  readonly postgresIsGiven: boolean;
}

/** The parts to start. */
export function partsToStart({
  startedBroker,
  postgresIsGiven,
}: Pick<StartSettings, 'startedBroker' | 'postgresIsGiven'>): readonly PartName[] {
  return PART_NAMES.filter((name) => {
    if (name === 'kafka' || name === 'pubsub') return name === startedBroker;
    return name !== 'postgres' || !postgresIsGiven;
  });
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
