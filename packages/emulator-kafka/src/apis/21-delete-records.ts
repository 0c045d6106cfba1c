import type { Broker, KafkaApi } from '../context.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import { storageError } from '../storage/storage-errors.ts';

/**
 * DeleteRecords, 0 to 2, flexible from 2.
 *
 *     request   [name string, [partition_index int32, offset int64]], timeout_ms int32
 *     response  throttle_time_ms int32, [name string, [partition_index int32, low_watermark int64, error_code int16]]
 *
 * Records below the offset can no longer be read, also after a restart; offset -1 is the end. The space comes back as
 * whole segments.
 */
export const deleteRecords: KafkaApi = {
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexibleFrom: 2,
  async handle(request, _version, { broker }) {
    const topics = request.array(() => {
      const name = request.string();
      const partitions = request.array(() => {
        const partition = { index: request.int32(), offset: request.int64Clamped() };
        request.tags();
        return partition;
      });
      request.tags();
      return { name, partitions };
    });
    request.int32();
    request.tags();
    const results: { name: string; partitions: Result[] }[] = [];
    for (const { name, partitions } of topics) {
      const answers: Result[] = [];
      for (const { index, offset } of partitions) answers.push(await deleteBefore(broker, name, index, offset));
      results.push({ name, partitions: answers });
    }
    return (response) => {
      response.int32(0);
      response.array(results, ({ name, partitions }) => {
        response.string(name);
        response.array(partitions, ({ index, lowWatermark, error }) => {
          response.int32(index);
          response.int64(lowWatermark);
          response.int16(errorCode(error));
          response.tags();
        });
        response.tags();
      });
      response.tags();
    };
  },
};

interface Result {
  readonly index: number;
  readonly lowWatermark: number;
  readonly error: ErrorName;
}

function deleteBefore(broker: Broker, name: string, index: number, offset: number): Promise<Result> {
  const failed = (error: ErrorName): Result => ({ index, lowWatermark: -1, error });
  return broker.topics.exclusively(async () => {
    const topic = broker.topics.get(name);
    const partition = topic?.partitions[index];
    if (topic === undefined || partition === undefined) return failed('UNKNOWN_TOPIC_OR_PARTITION');
    const before = offset === -1 ? partition.endOffset : offset;
    if (before < 0 || before > partition.endOffset) return failed('OFFSET_OUT_OF_RANGE');
    try {
      if (before > partition.startOffset) await broker.topics.deleteRecords(topic, partition, before);
    } catch (error) {
      const told = storageError(error, broker, `deleting records of ${name}-${index}`);
      return failed(told === 'broken' ? 'KAFKA_STORAGE_ERROR' : told);
    }
    return { index, lowWatermark: partition.startOffset, error: 'NONE' };
  });
}
