import type { Broker, RequestContext } from '../context.ts';
import type { ErrorName } from '../protocol/errors.ts';
import { readBatchHeader } from '../record-batch.ts';
import type { Partition } from './partition.ts';
import { storageError } from './storage-errors.ts';

/**
 * No answer has more bytes of records than this, unless its first batch alone does, since an answer lies in memory until
 * its client has read it. It is what kafkajs asks for; Apache Kafka's `fetch.max.bytes` is 55 MiB, sent from its files.
 */
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

/** What a fetch asks of one partition. */
export interface Wanted {
  readonly partition: Partition;
  readonly offset: number;
  readonly maxBytes: number;
}

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
}

export interface Fetched {
  readonly error: ErrorName;
  readonly highWatermark: number;
  readonly startOffset: number;
  readonly batches: readonly Buffer[];
  readonly bytes: number;
}

/**
 * Reads partitions in the order given, at least one batch where there is any, then whole batches up to the limits
 * (KIP-74). Where less than `minBytes` is there, waits up to `maxWaitMs` for more: an append wakes it at once.
 *
 * What it returns is held by `share`; meanwhile, as long as it waits, nothing is.
 */
export async function fetchPartitions(
  wanted: readonly Wanted[],
  { maxWaitMs, minBytes, maxBytes }: FetchLimits,
  { broker, signal, share }: Pick<RequestContext, 'broker' | 'signal' | 'share'>,
): Promise<Fetched[]> {
  const deadlineMs = broker.clock.now() + maxWaitMs;
  const mostBytes = Math.max(Math.min(maxBytes, MAX_ANSWER_BYTES), 0);
  const enough = Math.min(minBytes, mostBytes);
  for (;;) {
    const sizeBefore = totalSize(wanted);
    const room = share.take(mostBytes);
    // With room for hardly more than a batch, a client that names its partitions in one order would see the first only.
    const startAt = room < mostBytes ? Math.floor(Math.random() * wanted.length) : 0;
    const { fetched, isFull } = await readPartitions(wanted, startAt, room, broker);
    share.hold(fetched.reduce((sum, { batches }) => sum + memoryOf(batches), 0));
    const leftMs = deadlineMs - broker.clock.now();
    const bytes = fetched.reduce((sum, result) => sum + result.bytes, 0);
    const isEnough = isFull || bytes >= enough || fetched.some(({ error }) => error !== 'NONE');
    if (isEnough || leftMs <= 0 || signal.aborted || wanted.length === 0) return fetched;
    share.release();
    await waitForGrowth(wanted, sizeBefore + enough - bytes, leftMs, broker, signal);
  }
}

function totalSize(wanted: readonly Wanted[]): number {
  return wanted.reduce((sum, { partition }) => sum + partition.sizeBytes, 0);
}

/** Resolves once the partitions have grown to `size` together, one of them is gone, or there is no more time. */
function waitForGrowth(
  wanted: readonly Wanted[],
  size: number,
  leftMs: number,
  { clock }: Broker,
  signal: AbortSignal,
): Promise<void> {
  const isOver = (): boolean => totalSize(wanted) >= size || wanted.some(({ partition }) => partition.isGone);
  if (isOver()) return Promise.resolve();
  return new Promise((resolve) => {
    const stops = wanted.map(({ partition }) =>
      partition.onChange(() => {
        if (isOver()) finish();
      }),
    );
    const finish = (): void => {
      for (const stop of stops) stop();
      resolve();
    };
    stops.push(clock.after(leftMs, finish));
    signal.addEventListener('abort', finish);
    stops.push(() => signal.removeEventListener('abort', finish));
  });
}

interface Answer {
  readonly fetched: Fetched[];
  /** There is more, but no room for the next batch. */
  readonly isFull: boolean;
}

/** The batches of one read lie in one piece of memory, some of it perhaps unused. */
const memoryOf = (batches: readonly Buffer[]): number => batches[0]?.buffer.byteLength ?? 0;

/** In the order given, beginning at `startAt` and going round. */
async function readPartitions(
  wanted: readonly Wanted[],
  startAt: number,
  maxBytes: number,
  broker: Broker,
): Promise<Answer> {
  const fetched: Fetched[] = [];
  let left = maxBytes;
  let any = false;
  let isFull = false;
  for (const want of [...wanted.slice(startAt), ...wanted.slice(0, startAt)]) {
    const limit = Math.min(want.maxBytes, left);
    const result: Fetched = limit > 0 || !any ? await readPartition(want, limit, !any, broker) : glance(want, []);
    fetched.push(result);
    isFull ||= left < want.maxBytes && nextOffset(want, result) < result.highWatermark;
    left -= result.bytes;
    any ||= result.bytes > 0;
  }
  return { fetched: [...fetched.slice(wanted.length - startAt), ...fetched.slice(0, wanted.length - startAt)], isFull };
}

function nextOffset({ offset }: Wanted, { batches }: Fetched): number {
  const last = batches.at(-1);
  if (last === undefined) return offset;
  const { baseOffset, lastOffsetDelta } = readBatchHeader(last);
  return baseOffset + lastOffsetDelta + 1;
}

async function readPartition(want: Wanted, limit: number, atLeastOne: boolean, broker: Broker): Promise<Fetched> {
  const { partition, offset } = want;
  if (partition.isGone) return refused('UNKNOWN_TOPIC_OR_PARTITION');
  if (offset === partition.endOffset) return glance(want, []);
  try {
    const batches = (await partition.read(offset, Math.max(limit, 1))).map(({ payload }) => payload);
    const isTooLarge = !atLeastOne && (batches[0]?.length ?? 0) > limit;
    return glance(want, isTooLarge ? [] : batches);
  } catch (error) {
    const name = storageError(error, broker, `reading partition ${partition.index} at ${offset}`);
    return refused(name === 'broken' ? 'KAFKA_STORAGE_ERROR' : name);
  }
}

export function refused(error: ErrorName): Fetched {
  return { error, highWatermark: -1, startOffset: -1, batches: [], bytes: 0 };
}

/** The partition's state now, with these batches. */
function glance({ partition: { endOffset, startOffset } }: Wanted, batches: readonly Buffer[]): Fetched {
  const bytes = batches.reduce((sum, batch) => sum + batch.length, 0);
  return { error: 'NONE', highWatermark: endOffset, startOffset, batches, bytes };
}
