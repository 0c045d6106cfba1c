import type { LogEntry } from '@sluice/durable-log';
import type { Broker, RequestContext } from '../context.ts';
import type { ErrorName } from '../protocol/errors.ts';
import type { Partition } from './partition.ts';
import { storageError } from './storage-errors.ts';

/**
 * No answer has more bytes of records than this, unless its first batch alone does, since an answer lies in memory until
 * its client has read it. It is what kafkajs asks for; Apache Kafka's `fetch.max.bytes` is 55 MiB, sent from its files.
 */
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

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
  /** Whole batches. */
  readonly records: Buffer;
  /** The offset after the last of them. */
  readonly nextOffset: number;
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
    const { fetched, isFull } = await readPartitions(wanted, startAt, room, { broker, share });
    share.hold(fetched.reduce((sum, { records }) => sum + memoryOf(records), 0));
    const leftMs = deadlineMs - broker.clock.now();
    const bytes = fetched.reduce((sum, { records }) => sum + records.length, 0);
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
const memoryOf = ({ length, buffer }: Buffer): number => (length === 0 ? 0 : buffer.byteLength);

type Resources = Pick<RequestContext, 'broker' | 'share'>;

/** In the order given, beginning at `startAt` and going round. */
async function readPartitions(
  wanted: readonly Wanted[],
  startAt: number,
  maxBytes: number,
  resources: Resources,
): Promise<Answer> {
  const fetched: Fetched[] = [];
  let left = maxBytes;
  let any = false;
  let isFull = false;
  for (const want of [...wanted.slice(startAt), ...wanted.slice(0, startAt)]) {
    const limit = Math.min(want.maxBytes, left);
    const result: Fetched = limit > 0 || !any ? await readPartition(want, limit, !any, resources) : glance(want, []);
    fetched.push(result);
    isFull ||= left < want.maxBytes && result.nextOffset < result.highWatermark;
    left -= result.records.length;
    any ||= result.records.length > 0;
  }
  return { fetched: [...fetched.slice(wanted.length - startAt), ...fetched.slice(0, wanted.length - startAt)], isFull };
}

async function readPartition(
  want: Wanted,
  limit: number,
  atLeastOne: boolean,
  { broker, share }: Resources,
): Promise<Fetched> {
  const { partition, offset } = want;
  if (partition.isGone) return refused('UNKNOWN_TOPIC_OR_PARTITION');
  if (offset === partition.endOffset) return glance(want, []);
  const loaded: Buffer[] = [];
  const allocate = (bytes: number): Buffer => {
    const memory = share.allocate(bytes);
    loaded.push(memory);
    return memory;
  };
  let result: Fetched;
  try {
    const batches = await partition.read(offset, Math.max(limit, 1), allocate);
    const isTooLarge = !atLeastOne && (batches[0]?.payload.length ?? 0) > limit;
    result = glance(want, isTooLarge ? [] : batches);
  } catch (error) {
    const name = storageError(error, broker, `reading partition ${partition.index} at ${offset}`);
    result = refused(name === 'broken' ? 'KAFKA_STORAGE_ERROR' : name);
  }
  for (const memory of loaded) if (memory.buffer !== result.records.buffer) share.free(memory);
  return result;
}

export function refused(error: ErrorName): Fetched {
  return { error, highWatermark: -1, startOffset: -1, records: NOTHING, nextOffset: -1 };
}

/** The partition's state now, with these batches. */
function glance({ partition: { endOffset, startOffset }, offset }: Wanted, batches: readonly LogEntry[]): Fetched {
  const last = batches.at(-1);
  return {
    error: 'NONE',
    highWatermark: endOffset,
    startOffset,
    records: movedTogether(batches),
    nextOffset: last === undefined ? offset : last.offset + last.count,
  };
}

/**
 * The batches of one read lie in one piece of memory, with the log's own headers in between. Closing these gaps costs less
 * than what each piece more costs on its way through the socket.
 */
function movedTogether(batches: readonly LogEntry[]): Buffer {
  const first = batches[0]?.payload;
  if (first === undefined || batches.length === 1) return first ?? NOTHING;
  const memory = Buffer.from(first.buffer);
  let end = first.byteOffset;
  for (const { payload } of batches) {
    memory.copyWithin(end, payload.byteOffset, payload.byteOffset + payload.length);
    end += payload.length;
  }
  return memory.subarray(first.byteOffset, end);
}
