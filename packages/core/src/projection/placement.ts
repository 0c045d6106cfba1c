import type { AssignedPartition } from '../broker.ts';
import { recordDigest } from '../digest.ts';
import { SluiceError } from '../errors.ts';
import type { StoredPosition } from '../position.ts';
import type { BrokerRecord } from '../record.ts';

/** Where reading a partition begins, and which record must be seen there first. */
export interface Placement {
  /** The offset to ask the broker for. */
  readonly readFrom: number;
  /** The offset of the first record to project. */
  readonly projectFrom: number;
  /** The record at `readFrom` must be this one, or the log is not the one that the store was filled from. */
  readonly proof: StoredPosition | null;
  /** A position whose last record is gone by retention, so that nothing could be compared. */
  readonly unverified: StoredPosition | null;
}

/**
 * Holds a partition's log against the store. The group's own position decides where to go on, the furthest position of
 * any group (for a new group) only whether this is the same log.
 * @throws SluiceError `log-mismatch` where the log ends below the position, `log-truncated` where records that were never
 * projected are gone.
 */
export function placeReader(
  assigned: AssignedPartition,
  own: StoredPosition | undefined,
  furthest: StoredPosition | undefined,
): Placement {
  const known = own ?? furthest;
  if (!known) {
    return { readFrom: assigned.startOffset, projectFrom: assigned.startOffset, proof: null, unverified: null };
  }
  requireEndNotBelow(known, assigned.endOffset);
  if (own) requireNothingMissed(own, assigned.startOffset);
  const projectFrom = own ? own.nextOffset : assigned.startOffset;
  if (known.lastOffset < assigned.startOffset) {
    return { readFrom: projectFrom, projectFrom, proof: null, unverified: known };
  }
  return { readFrom: known.lastOffset, projectFrom, proof: known, unverified: null };
}

/** @throws SluiceError `log-mismatch` */
export function requireEndNotBelow({ topic, partition, nextOffset }: StoredPosition, endOffset: number): void {
  if (endOffset >= nextOffset) return;
  throw mismatch(
    topic,
    partition,
    `it ends at offset ${endOffset}, but the store has projected up to offset ${nextOffset}`,
  );
}

/** @throws SluiceError `log-truncated` */
export function requireNothingMissed({ topic, partition, nextOffset }: StoredPosition, startOffset: number): void {
  if (startOffset <= nextOffset) return;
  throw new SluiceError(
    'log-truncated',
    `${topic}/${partition} begins at offset ${startOffset}, but the store is only at ${nextOffset}: ` +
      `${startOffset - nextOffset} offsets were removed by the topic's retention before they were projected. ` +
      'Nothing was skipped. Restore the topic from a backup, or accept the loss by starting with a new consumer group, ' +
      'which projects what the log still holds.',
  );
}

/** @throws SluiceError `log-mismatch` where `record` is not the one that the position was made from. */
export function requireSameRecord(position: StoredPosition, record: BrokerRecord): void {
  const { topic, partition, lastOffset, lastDigest } = position;
  const found = record.position.kind === 'offset' ? record.position.offset : undefined;
  if (found !== lastOffset) {
    throw mismatch(
      topic,
      partition,
      `the record at offset ${lastOffset}, projected before, is not there: the next one is at ${found}`,
    );
  }
  if (recordDigest(record) !== lastDigest) {
    throw mismatch(topic, partition, `the record at offset ${lastOffset} is not the one that was projected from there`);
  }
}

function mismatch(topic: string, partition: number, fact: string): SluiceError {
  return new SluiceError(
    'log-mismatch',
    `${topic}/${partition} is not the log that this store was filled from: ${fact}. The topic was deleted and made anew, ` +
      'or the broker address points at another cluster. Nothing was projected. Point the consumer at the right broker; or, ' +
      'if the new log is meant to replace the old one, point it at an empty database.',
  );
}
