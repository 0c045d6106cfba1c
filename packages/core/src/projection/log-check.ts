import type { AssignedPartition, BrokerAdmin, RecordBatch, TopicPartition } from '../broker.ts';
import { partitionKey, type StoredPosition } from '../position.ts';
import type { BrokerRecord } from '../record.ts';
import { offsetOf } from './item.ts';
import type { ProjectionObserver } from './observer.ts';
import { requireEndNotBelow, requireNothingMissed, requireSameRecord } from './placement.ts';
import { askWhileDown, type WaitContext } from './while-down.ts';

/** Where the projection of a partition stands. */
export interface PartitionState {
  readonly place: TopicPartition;
  /** The group's stored position; null before its first transaction. */
  stored: StoredPosition | null;
  /** The next record to project has at least this offset. */
  next: number;
  /** The record of this position must be seen before anything is projected. */
  proof: StoredPosition | null;
}

export interface LogCheckContext extends WaitContext {
  readonly admin: BrokerAdmin;
  readonly observer: ProjectionObserver;
}

/**
 * The ends as they were found, or looked up anew where a position lies past one: the log may have grown, and another
 * writer have projected that, between the look at the log and the one at the store.
 */
export async function endsAfterPositions(
  context: LogCheckContext,
  found: readonly AssignedPartition[],
  positions: ReadonlyMap<string, StoredPosition>,
): Promise<readonly AssignedPartition[]> {
  const isBelow = (ends: AssignedPartition): boolean =>
    ends.endOffset < (positions.get(partitionKey(ends))?.nextOffset ?? 0);
  const topics = new Set(found.filter(isBelow).map(({ topic }) => topic));
  if (topics.size === 0) return found;
  const ends = await askWhileDown(context, () => context.admin.ends([...topics]));
  const byKey = new Map(ends.map((end) => [partitionKey(end), end]));
  return found.map((ends) => (isBelow(ends) ? (byKey.get(partitionKey(ends)) ?? ends) : ends));
}

/**
 * Holds `seen`, the first record at or after the proof's, against the proof.
 * @throws SluiceError `log-mismatch`, `log-truncated`
 */
export async function settleProof(
  context: LogCheckContext,
  { place, stored }: PartitionState,
  proof: StoredPosition,
  seen: BrokerRecord,
): Promise<void> {
  const start = offsetOf(seen) > proof.lastOffset ? (await endsOf(context, place))?.startOffset : undefined;
  if (start === undefined || start <= proof.lastOffset) return requireSameRecord(proof, seen);
  // Retention took it since the partition was assigned.
  if (stored) requireNothingMissed(stored, start);
  context.observer.unverified(proof);
}

/**
 * How many of the batch's first records were projected before. A log that went back or leapt forward is either a repeated
 * delivery or another log: the digest and the ends tell which.
 * @throws SluiceError `log-mismatch`, `log-truncated`
 */
export async function countProjectedBefore(
  context: LogCheckContext,
  { place, stored, next }: PartitionState,
  { records, endOffset }: RecordBatch,
): Promise<number> {
  const found = records.findIndex((record) => offsetOf(record) >= next);
  const count = found === -1 ? records.length : found;
  if (!stored) return count;
  const repeated = records.slice(0, count).find((record) => offsetOf(record) === stored.lastOffset);
  if (repeated) requireSameRecord(stored, repeated);
  const first = records[count];
  const leapt = count === 0 && first !== undefined && offsetOf(first) > next;
  const fellBack = endOffset !== null && endOffset < stored.nextOffset;
  if (leapt || fellBack) {
    const ends = await endsOf(context, place);
    if (fellBack) requireEndNotBelow(stored, ends?.endOffset ?? endOffset);
    if (leapt && ends) requireNothingMissed(stored, ends.startOffset);
  }
  return count;
}

async function endsOf(
  context: LogCheckContext,
  { topic, partition }: TopicPartition,
): Promise<AssignedPartition | undefined> {
  const ends = await askWhileDown(context, () => context.admin.ends([topic]));
  return ends.find((end) => end.partition === partition);
}
