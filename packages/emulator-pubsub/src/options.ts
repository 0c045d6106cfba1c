import type { Clock, FileSystem } from '@sluice/durable-log';
import type { EmulatorEvent } from './events.ts';

export interface PubSubEmulatorOptions {
  /** Where the data lives. Default: in memory, as long as the emulator. */
  readonly directory?: string;
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** How long a Pull without `return_immediately` waits for a message. Default 10 s. */
  readonly pullWaitMs?: number;
  /**
   * The largest message that is read at all; a larger one ends its call before it has arrived. Default 32 MiB. What is
   * smaller, and yet more than the service takes, gets the service's own answer.
   */
  readonly maxMessageBytes?: number;
  /**
   * Of requests that have not arrived entirely, or are not answered yet, and of answers that their clients have not taken,
   * of all connections together. Beyond it the connection that holds most is closed. Default 256 MiB.
   */
  readonly maxArrivingBytes?: number;
  /** Connections at a time; further ones are closed at once. Default 5,000. */
  readonly maxConnections?: number;
  /** How long a client that does not read may hold up the end. Default 5 s. */
  readonly drainTimeoutMs?: number;
  /** Between two rounds of letting go of messages, snapshots and subscriptions that have expired. Default 1 minute. */
  readonly retentionIntervalMs?: number;
  /** Of messages that are kept in memory beside the disk. Default 64 MiB. */
  readonly cacheBytes?: number;
  /** For a directory. Default: the real one. */
  readonly fileSystem?: FileSystem;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Told what the emulator has to say; must not throw. Default: nobody. */
  readonly onEvent?: (event: EmulatorEvent) => void;
}

export type Settings = Required<Omit<PubSubEmulatorOptions, 'directory' | 'cacheBytes'>> & {
  readonly directory: string | undefined;
  readonly cacheBytes: number | undefined;
};
