import type { TopicPartition } from './broker.ts';

/** How far a group has projected a partition. */
export interface StoredPosition {
  readonly topic: string;
  readonly partition: number;
  /** The offset to read next. */
  readonly nextOffset: number;
  /** The last record that was projected; a log that holds another one there is another log. */
  readonly lastOffset: number;
  /** `recordDigest` of that record, hexadecimal. */
  readonly lastDigest: string;
}

/** One position per partition, as keys of a map. */
export const partitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
