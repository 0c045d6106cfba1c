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

/** What a pipeline stands on. Each scenario is run on every one. */
export interface Environment extends AsyncDisposable {
  /** `host:port` of the Kafka broker. */
  readonly brokerAddress: string;
  readonly broker: Server;
  readonly database: Server;
  /** Makes an empty database, and resolves to its URL. */
  createDatabase(): Promise<string>;
}

export type OpenEnvironment = () => Promise<Environment>;
