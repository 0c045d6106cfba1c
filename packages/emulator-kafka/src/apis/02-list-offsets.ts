import type { Broker, KafkaApi } from '../context.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';
import type { TimestampedOffset } from '../record-times.ts';
import { repeatedIn } from '../repeated.ts';
import { leaderEpochFault } from '../storage/leader-epoch.ts';
import { LEADER_EPOCH, type Partition } from '../storage/partition.ts';
import { storageError } from '../storage/storage-errors.ts';

/**
 * ListOffsets, 1 to 10, flexible from 6.
 *
 *     request   replica_id int32, v2+ isolation_level int8,
 *               [name string, [partition_index int32, v4+ current_leader_epoch int32, timestamp int64]],
 *               v10+ timeout_ms int32
 *     response  v2+ throttle_time_ms int32, [name string, [partition_index int32, error_code int16, timestamp int64,
 *               offset int64, v4+ leader_epoch int32]]
 *
 * A partition that is named twice is refused, as by Apache Kafka.
 *
 * Gaps: a time inside a batch compressed with snappy or lz4 gives the batch's first offset.
 */
export const listOffsets: KafkaApi = {
  key: 2,
  name: 'ListOffsets',
  versions: [1, 10],
  flexibleFrom: 6,
  async handle(request, version, { broker }) {
    const topics = readRequest(request, version);
    const keys = topics.flatMap(({ name, partitions }) => partitions.map(({ index }) => partitionKey(name, index)));
    const repeated = repeatedIn(keys);
    const answers: { readonly name: string; readonly partitions: readonly Answer[] }[] = [];
    // One after the other: each may read far into a log.
    for (const { name, partitions } of topics) {
      const found: Answer[] = [];
      for (const asked of partitions) {
        const isRepeated = repeated.has(partitionKey(name, asked.index));
        found.push(isRepeated ? refused(asked.index, 'INVALID_REQUEST') : await lookUp(broker, name, asked, version));
      }
      answers.push({ name, partitions: found });
    }
    return (response) => {
      if (version >= 2) response.int32(0);
      response.array(answers, ({ name, partitions }) => {
        response.string(name);
        response.array(partitions, ({ index, error, timestampMs, offset }) => {
          response.int32(index);
          response.int16(errorCode(error));
          response.int64(timestampMs);
          response.int64(offset);
          if (version >= 4) response.int32(offset === NOTHING.offset ? -1 : LEADER_EPOCH);
          response.tags();
        });
        response.tags();
      });
      response.tags();
    };
  },
};

interface AskedPartition {
  readonly index: number;
  readonly leaderEpoch: number;
  readonly timestampMs: number;
}

interface AskedTopic {
  readonly name: string;
  readonly partitions: readonly AskedPartition[];
}

const partitionKey = (topic: string, index: number): string => `${topic}-${index}`;

function readRequest(request: Reader, version: number): AskedTopic[] {
  request.int32();
  if (version >= 2) request.int8();
  const topics = request.array(() => {
    const name = request.string();
    const partitions = request.array(() => {
      const index = request.int32();
      const leaderEpoch = version >= 4 ? request.int32() : -1;
      const timestampMs = request.int64Clamped();
      request.tags();
      return { index, leaderEpoch, timestampMs };
    });
    request.tags();
    return { name, partitions };
  });
  if (version >= 10) request.int32();
  request.tags();
  return topics;
}

interface Answer extends TimestampedOffset {
  readonly index: number;
  readonly error: ErrorName;
}

const NOTHING: TimestampedOffset = { offset: -1, timestampMs: -1 };

const refused = (index: number, error: ErrorName): Answer => ({ index, error, ...NOTHING });

async function lookUp(broker: Broker, topic: string, asked: AskedPartition, version: number): Promise<Answer> {
  const { index, leaderEpoch, timestampMs } = asked;
  const failed = (error: ErrorName): Answer => refused(index, error);
  const partition = broker.topics.partition(topic, index);
  if (partition === undefined) return failed('UNKNOWN_TOPIC_OR_PARTITION');
  const fault = leaderEpochFault(leaderEpoch);
  if (fault !== undefined) return failed(fault);
  try {
    const found = await find(partition, timestampMs, version);
    return found === 'unsupported' ? failed('UNSUPPORTED_VERSION') : { index, error: 'NONE', ...found };
  } catch (error) {
    const name = storageError(error, broker, `looking up a time in ${topic}-${index}`);
    return failed(name === 'broken' ? 'KAFKA_STORAGE_ERROR' : name);
  }
}

/** The special timestamps of the protocol, and the version that brought each. */
const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = { value: -3, since: 7 };
const EARLIEST_LOCAL = { value: -4, since: 8 };
const LATEST_TIERED = { value: -5, since: 9 };

async function find(
  partition: Partition,
  timestampMs: number,
  version: number,
): Promise<TimestampedOffset | 'unsupported'> {
  const { startOffset, endOffset } = partition;
  if (timestampMs >= 0) return (await partition.findByTimestamp(timestampMs)) ?? NOTHING;
  const special = [MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED].find(({ value }) => value === timestampMs);
  if (special !== undefined && version < special.since) return 'unsupported';
  switch (timestampMs) {
    case LATEST:
      return { offset: endOffset, timestampMs: -1 };
    case EARLIEST:
    case EARLIEST_LOCAL.value:
      return { offset: startOffset, timestampMs: -1 };
    case MAX_TIMESTAMP.value:
      return (await partition.findNewest()) ?? NOTHING;
    case LATEST_TIERED.value:
      return NOTHING;
    default:
      return 'unsupported';
  }
}
