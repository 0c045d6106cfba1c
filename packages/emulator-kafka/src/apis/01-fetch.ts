import type { Broker, KafkaApi } from '../context.ts';
import type { Outcome } from '../protocol/api.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';
import type { TaggedField, Writer } from '../protocol/writer.ts';
import { type Fetched, type FetchLimits, fetchPartitions, refused, type Wanted } from '../storage/fetch.ts';
import { leaderEpochFault } from '../storage/leader-epoch.ts';
import { LEADER_EPOCH } from '../storage/partition.ts';

/**
 * Fetch, 4 to 12, flexible from 12.
 *
 *     request   replica_id int32, max_wait_ms int32, min_bytes int32, max_bytes int32, isolation_level int8,
 *               v7+ session_id int32, session_epoch int32,
 *               [topic string, [partition int32, v9+ current_leader_epoch int32, fetch_offset int64,
 *               v12+ last_fetched_epoch int32, v5+ log_start_offset int64, partition_max_bytes int32]],
 *               v7+ forgotten_topics [topic string, [partition int32]], v11+ rack_id string
 *     response  throttle_time_ms int32, v7+ error_code int16, session_id int32,
 *               [topic string, [partition_index int32, error_code int16, high_watermark int64,
 *               last_stable_offset int64, v5+ log_start_offset int64,
 *               v12+ tag 0 diverging_epoch {epoch int32, end_offset int64},
 *               aborted_transactions nullable [producer_id int64, first_offset int64],
 *               v11+ preferred_read_replica int32, records nullable bytes]]
 *
 * Records come as whole batches, from the one that contains the offset on, straight from the log's read buffer. A request
 * that waits is woken by the append that it waits for.
 *
 * Gaps: no fetch sessions (KIP-227), so session id 0 is answered and clients name every partition each time; no
 * transactions, so nothing is ever aborted and the last stable offset is the high watermark; no replicas.
 */
export const fetch: KafkaApi = {
  key: 1,
  name: 'Fetch',
  versions: [4, 12],
  flexibleFrom: 12,
  async handle(body, version, { broker, signal, share }) {
    const { isFull, topics, limits } = readRequest(body, version);
    if (!isFull) return answer(version, 'FETCH_SESSION_ID_NOT_FOUND', []);
    const asked = [...merged(topics)].map(([name, partitions]) => ({
      name,
      partitions: [...partitions.values()].map((each) => lookUp(broker, name, each)),
    }));
    const all = asked.flatMap(({ partitions }) => partitions);
    const wanted = all.flatMap(({ wanted: want }) => want ?? []);
    const maxWaitMs = wanted.length < all.length ? 0 : limits.maxWaitMs;
    const fetched = (await fetchPartitions(wanted, { ...limits, maxWaitMs }, { broker, signal, share })).values();
    const results = asked.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, wanted: want, refusal }) => ({
        index,
        ...((want && fetched.next().value) ?? refusal ?? refused('UNKNOWN_SERVER_ERROR')),
      })),
    }));
    return answer(version, 'NONE', results);
  },
};

interface AskedPartition {
  readonly index: number;
  readonly leaderEpoch: number;
  readonly offset: number;
  readonly lastFetchedEpoch: number;
  readonly maxBytes: number;
}

interface FetchRequest {
  /** Whether the request names every partition, as opposed to going on with a session. */
  readonly isFull: boolean;
  readonly limits: FetchLimits;
  readonly topics: readonly { readonly name: string; readonly partitions: readonly AskedPartition[] }[];
}

function readRequest(request: Reader, version: number): FetchRequest {
  request.int32();
  const limits = { maxWaitMs: request.int32(), minBytes: request.int32(), maxBytes: request.int32() };
  request.int8();
  if (version >= 7) request.int32();
  const sessionEpoch = version >= 7 ? request.int32() : -1;
  const topics = request.array(() => {
    const topic = { name: request.string(), partitions: request.array(() => readPartition(request, version)) };
    request.tags();
    return topic;
  });
  if (version >= 7) request.array(() => readForgotten(request));
  if (version >= 11) request.string();
  request.tags();
  return { isFull: sessionEpoch <= 0, limits, topics };
}

function readPartition(request: Reader, version: number): AskedPartition {
  const index = request.int32();
  const leaderEpoch = version >= 9 ? request.int32() : -1;
  const offset = request.int64Clamped();
  const lastFetchedEpoch = version >= 12 ? request.int32() : -1;
  if (version >= 5) request.int64Clamped();
  const maxBytes = request.int32();
  request.tags();
  return { index, leaderEpoch, offset, lastFetchedEpoch, maxBytes };
}

function readForgotten(request: Reader): void {
  request.string();
  request.array(() => request.int32());
  request.tags();
}

/** Each partition once, by topic and index: of one that is named twice the last counts, as in Apache Kafka. */
function merged(topics: FetchRequest['topics']): Map<string, Map<number, AskedPartition>> {
  const byTopic = new Map<string, Map<number, AskedPartition>>();
  for (const { name, partitions } of topics) {
    const byIndex = byTopic.get(name) ?? new Map<number, AskedPartition>();
    byTopic.set(name, byIndex);
    for (const partition of partitions) byIndex.set(partition.index, partition);
  }
  return byTopic;
}

/** What is told of a partition: what was fetched, or why nothing was. */
type Result = Fetched & { readonly divergingEndOffset?: number };

interface LookedUp {
  readonly index: number;
  readonly wanted?: Wanted;
  readonly refusal?: Result;
}

function lookUp(broker: Broker, topic: string, asked: AskedPartition): LookedUp {
  const { index, leaderEpoch, offset, lastFetchedEpoch, maxBytes } = asked;
  const partition = broker.topics.partition(topic, index);
  if (partition === undefined) return { index, refusal: refused('UNKNOWN_TOPIC_OR_PARTITION') };
  const fault = leaderEpochFault(leaderEpoch);
  if (fault !== undefined) return { index, refusal: refused(fault) };
  const { startOffset, endOffset } = partition;
  if (lastFetchedEpoch > LEADER_EPOCH) return { index, refusal: refused('OFFSET_OUT_OF_RANGE') };
  if (lastFetchedEpoch === LEADER_EPOCH && offset > endOffset) {
    const refusal = { ...refused('NONE'), highWatermark: endOffset, startOffset, divergingEndOffset: endOffset };
    return { index, refusal };
  }
  if (offset < startOffset || offset > endOffset) return { index, refusal: refused('OFFSET_OUT_OF_RANGE') };
  return { index, wanted: { partition, offset, maxBytes } };
}

interface TopicResult {
  readonly name: string;
  readonly partitions: readonly (Result & { readonly index: number })[];
}

function answer(version: number, error: ErrorName, topics: readonly TopicResult[]): Outcome {
  return (response) => {
    response.int32(0);
    if (version >= 7) {
      response.int16(errorCode(error));
      response.int32(0);
    }
    response.array(topics, ({ name, partitions }) => {
      response.string(name);
      response.array(partitions, (partition) => writePartition(response, version, partition.index, partition));
      response.tags();
    });
    response.tags();
  };
}

function writePartition(response: Writer, version: number, index: number, result: Result): void {
  const { error, highWatermark, startOffset, records, divergingEndOffset } = result;
  const isKnown = error !== 'UNKNOWN_TOPIC_OR_PARTITION';
  response.int32(index);
  response.int16(errorCode(error));
  response.int64(highWatermark);
  response.int64(highWatermark);
  if (version >= 5) response.int64(startOffset);
  response.nullableArray(isKnown ? null : [], () => undefined);
  if (version >= 11) response.int32(-1);
  response.records(records);
  response.tags(divergingEndOffset === undefined ? [] : [divergingEpoch(divergingEndOffset)]);
}

/** The client has read behind the end of the log: where the two last agreed (KIP-595). */
function divergingEpoch(endOffset: number): TaggedField {
  return {
    tag: 0,
    write(field) {
      field.int32(LEADER_EPOCH);
      field.int64(endOffset);
      field.tags();
    },
  };
}
