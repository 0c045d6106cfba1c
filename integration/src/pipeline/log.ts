import type { Stored } from './stored.ts';

/** A message of a stock client's. */
export interface ProducedMessage {
  readonly value: string | Buffer;
  /** Those of one key keep their order. */
  readonly key?: string;
  /** Where there are partitions. */
  readonly partition?: number;
  /** By their names on Kafka, `ce_id`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A topic, past all services: what any other client of the broker does and sees. */
export interface Log {
  produce(messages: readonly ProducedMessage[]): Promise<void>;
  /** Has what is published from now on seen, where nobody could see it later. */
  watch(): Promise<void>;
  /** Whether the group has projected everything that lies in the topic. */
  isProjected(stored: Stored, group: string): Promise<boolean>;
}
