import type { Clock, FileSystem } from '@sluice/durable-log';
import type { BrokerEvent } from './events.ts';
import type { GroupSettings } from './groups/coordinator.ts';

export interface KafkaEmulatorOptions {
  /** Where the data lives. Default: a temporary folder that is removed when the emulator closes. */
  readonly directory?: string;
  /** The address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** What clients are told to connect to. Default: `host`; must be given where that is a wildcard. */
  readonly advertisedHost?: string;
  /** Default: the port listened on. */
  readonly advertisedPort?: number;
  /** Default 1. */
  readonly nodeId?: number;
  /** Whether a topic that a client asks about comes into being. Default true, as in Apache Kafka. */
  readonly autoCreateTopics?: boolean;
  /** For topics whose creator names no number. Default 1. */
  readonly defaultPartitions?: number;
  /** The largest request accepted. Default 100 MiB (`socket.request.max.bytes`). */
  readonly maxFrameBytes?: number;
  /**
   * The records of fetch answers that are not yet written to their sockets, of all connections together. Beyond it an
   * answer has one batch. Default 128 MiB.
   */
  readonly maxUnsentFetchBytes?: number;
  /**
   * Requests that have not arrived entirely, or wait for earlier ones, of all connections together. Beyond it the
   * connection that takes most is closed. Default 256 MiB.
   */
  readonly maxArrivingBytes?: number;
  /** Between two rounds of retention. Default 5 minutes (`log.retention.check.interval.ms`). */
  readonly retentionIntervalMs?: number;
  /** Limits and delays of consumer groups. */
  readonly groups?: Partial<GroupSettings>;
  /** Default: the real one. */
  readonly fileSystem?: FileSystem;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Told what the broker has to say; must not throw. Default: nobody. */
  readonly onEvent?: (event: BrokerEvent) => void;
}

export type Settings = Required<Omit<KafkaEmulatorOptions, 'directory' | 'advertisedPort'>> & {
  readonly advertisedPort: number | undefined;
};

/** Whether the address means "every interface" to a listener, and nothing to a client. */
export const isWildcard = (host: string): boolean => ['', '0.0.0.0', '::', '[::]'].includes(host);
