import type { Broker, KafkaApi } from '../context.ts';
import type { Outcome } from '../protocol/api.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';
import type { Writer } from '../protocol/writer.ts';
import { checkBatch, type ValidBatch } from '../record-batch.ts';
import { checkKeys } from '../record-keys.ts';
import type { Partition } from '../storage/partition.ts';
import { storageError } from '../storage/storage-errors.ts';
import type { Topic } from '../storage/topics.ts';

/**
 * Produce, 3 to 11, flexible from 9. Advertised from 0, or librdkafka turns compression off (KAFKA-18659).
 *
 *     request   transactional_id nullable string, acks int16, timeout_ms int32,
 *               [name string, [index int32, records bytes]]
 *     response  [name string, [index int32, error_code int16, base_offset int64, log_append_time_ms int64,
 *               v5+ log_start_offset int64, v8+ record_errors [batch_index int32, message nullable string],
 *               v8+ error_message nullable string]], throttle_time_ms int32
 *
 * Every answer follows the disk's, whether acks is 1 or -1, and a batch is stored as it came. What is compressed is only
 * looked into for the keys that a compacted topic needs. Produce requests of one connection overlap: their appends share a sync.
 *
 * Gaps: no transactions; `timeout_ms` is not needed; record_errors name records without a key alone, at most a thousand;
 * the tagged fields that point to a new leader (v10+) never occur.
 */
export const produce: KafkaApi = {
  key: 0,
  name: 'Produce',
  versions: [0, 11],
  servedFrom: 3,
  flexibleFrom: 9,
  overlaps: true,
  handle(request, version, { broker }) {
    const wanted = readRequest(request, version);
    const results = wanted.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index, records }) => append(wanted, name, index, records, broker)),
    }));
    return answer(results, wanted.acks, version);
  },
};

interface ProduceRequest {
  readonly version: number;
  readonly transactionalId: string | null;
  readonly acks: number;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly index: number; readonly records: Buffer }[];
  }[];
}

function readRequest(request: Reader, version: number): ProduceRequest {
  const transactionalId = request.nullableString();
  const acks = request.int16();
  request.int32();
  const topics = request.array(() => {
    const name = request.string();
    const partitions = request.array(() => {
      const partition = { index: request.int32(), records: request.bytes() };
      request.tags();
      return partition;
    });
    request.tags();
    return { name, partitions };
  });
  request.tags();
  return { version, transactionalId, acks, topics };
}

interface PartitionResult {
  readonly index: number;
  readonly error: ErrorName;
  readonly message: string | null;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  readonly recordErrors?: readonly RecordError[];
  /** Cut the connection instead of answering. */
  readonly disconnect?: boolean;
}

/** Why a record is the reason that its batch was refused. */
interface RecordError {
  /** The record's place in the batch. */
  readonly index: number;
  readonly message: string;
}

interface TopicResult<Result> {
  readonly name: string;
  readonly partitions: readonly Result[];
}

function failed(index: number, error: ErrorName, message: string | null = null): PartitionResult {
  return { index, error, message, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}

function append(
  { acks, transactionalId, version }: ProduceRequest,
  name: string,
  index: number,
  records: Buffer,
  broker: Broker,
): PartitionResult | Promise<PartitionResult> {
  if (acks < -1 || acks > 1) return failed(index, 'INVALID_REQUIRED_ACKS');
  if (transactionalId !== null) return failed(index, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
  const topic = broker.topics.get(name);
  const partition = topic?.partitions[index];
  if (topic === undefined || partition === undefined) return failed(index, 'UNKNOWN_TOPIC_OR_PARTITION');
  const fault = broker.faults.take(name, index);
  switch (fault) {
    case 'not-leader':
      return failed(index, 'NOT_LEADER_OR_FOLLOWER');
    case 'out-of-order-sequence':
      return failed(index, 'OUT_OF_ORDER_SEQUENCE_NUMBER');
    case 'unknown-producer-id':
      return failed(index, 'UNKNOWN_PRODUCER_ID');
    case 'lose-reply':
    case undefined: {
      const batch = checkBatch(records, topic.settings.maxMessageBytes, version);
      if (batch.kind === 'refused') return failed(index, batch.error, batch.message);
      if (batch.header.transactional) return failed(index, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
      const refusal = topic.settings.compacted ? keyRefusal(topic, partition, batch) : undefined;
      return refusal ?? appendTo(topic, partition, batch, broker, fault === 'lose-reply');
    }
    default:
      return fault satisfies never;
  }
}

/** An answer to one small request may not be many times as large. Apache Kafka names all of them. */
const MAX_RECORD_ERRORS = 1000;

/** In the words of Apache Kafka 4.1. */
function keyRefusal(topic: Topic, { index, startOffset }: Partition, batch: ValidBatch): PartitionResult | undefined {
  const records = checkKeys(batch);
  if (records.kind === 'broken') return failed(index, 'INVALID_RECORD', records.message);
  const { withoutKey } = records;
  if (withoutKey.length === 0) return undefined;
  const fault = `Compacted topic cannot accept message without key in topic partition ${topic.name}-${index}`;
  const shown = withoutKey.slice(0, 3).map((at) => `RecordError(batchIndex=${at}, message='${fault}')`);
  const message = `One or more records have been rejected due to ${withoutKey.length} record errors in total, and only showing the first three errors at most: [${shown.join(', ')}]`;
  const recordErrors = withoutKey.slice(0, MAX_RECORD_ERRORS).map((at) => ({ index: at, message: fault }));
  return { ...failed(index, 'INVALID_RECORD', message), logStartOffset: startOffset, recordErrors };
}

async function appendTo(
  topic: Topic,
  partition: Partition,
  { bytes, header }: ValidBatch,
  broker: Broker,
  disconnect: boolean,
): Promise<PartitionResult> {
  const { index } = partition;
  try {
    const result = await partition.append(bytes, header);
    const logStartOffset = partition.startOffset;
    if (result.kind === 'refused')
      return { ...failed(index, result.error, result.message), logStartOffset, disconnect };
    const { baseOffset, logAppendTimeMs } = result;
    return { index, error: 'NONE', message: null, baseOffset, logAppendTimeMs, logStartOffset, disconnect };
  } catch (error) {
    const name = storageError(error, broker, `appending to ${topic.name}-${index}`);
    if (name === 'broken') return { ...failed(index, 'KAFKA_STORAGE_ERROR'), disconnect: true };
    return failed(index, name, 'the record batch could not be stored');
  }
}

async function answer(
  results: readonly TopicResult<PartitionResult | Promise<PartitionResult>>[],
  acks: number,
  version: number,
): Promise<Outcome> {
  const topics: TopicResult<PartitionResult>[] = [];
  for (const { name, partitions } of results) topics.push({ name, partitions: await Promise.all(partitions) });
  const all = topics.flatMap(({ partitions }) => partitions);
  if (all.some(({ disconnect }) => disconnect === true)) return 'disconnect';
  // Without an answer a closed connection is the only way to say that something is wrong.
  if (acks === 0) return all.some(({ error }) => error !== 'NONE') ? 'disconnect' : 'no-response';
  return (response) => {
    response.array(topics, ({ name, partitions }) => {
      response.string(name);
      response.array(partitions, (partition) => writePartition(response, version, partition));
      response.tags();
    });
    response.int32(0);
    response.tags();
  };
}

function writePartition(response: Writer, version: number, result: PartitionResult): void {
  response.int32(result.index);
  response.int16(errorCode(result.error));
  response.int64(result.baseOffset);
  response.int64(result.logAppendTimeMs);
  if (version >= 5) response.int64(result.logStartOffset);
  if (version >= 8) {
    response.array(result.recordErrors ?? [], (record) => {
      response.int32(record.index);
      response.nullableString(record.message);
      response.tags();
    });
    response.nullableString(result.message);
  }
  response.tags();
}
