/**
 * Of the consumers. A killed one stays a member of its group for so long, and its partitions rest meanwhile; brokers of an
 * environment allow it though it is shorter than their default.
 */
export const SESSION_TIMEOUT_MS = 2_000;

/** A server that a test takes away and gives back, at the same address and with the same data. */
export interface Server {
  /** From one moment to the next, with whatever it has in hand. */
  kill(): Promise<void>;
  /** Resolves when it takes connections. */
  start(): Promise<void>;
}

/** Where a broker is, and what it speaks. */
export interface BrokerPlace {
  readonly brokerKind: 'kafka' | 'pubsub';
  /** Who comes late cannot have what was published before: Google's fake has no way back. Default false. */
  readonly forgets?: boolean;
  /** `host:port`. */
  readonly brokerAddress: string;
}

/** The project of everything on Pub/Sub, which an emulator's clients use where they are told of none. */
export const PROJECT = 'sluice';

/** What services are told of the broker. */
export const brokerSettings = ({ brokerKind, brokerAddress }: BrokerPlace): Readonly<Record<string, string>> =>
  brokerKind === 'kafka'
    ? { KAFKA_BROKER: brokerAddress, KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) }
    : { BROKER: 'pubsub', PUBSUB_EMULATOR_HOST: brokerAddress };

/** Makes the Pub/Sub emulator misbehave: a method of its `faults`, with its arguments. */
export type ArrangeFault = (method: string, ...args: readonly unknown[]) => Promise<void>;

/** What a pipeline stands on. Each scenario is run on every one. */
export interface Environment extends BrokerPlace, AsyncDisposable {
  readonly broker: Server;
  /** Of the Pub/Sub emulator. */
  readonly arrangeFault?: ArrangeFault;
  readonly database: Server;
  /** Makes an empty database, and resolves to its URL. */
  createDatabase(): Promise<string>;
}

export type OpenEnvironment = () => Promise<Environment>;
