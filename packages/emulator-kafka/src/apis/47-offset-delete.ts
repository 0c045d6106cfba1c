import type { KafkaApi } from '../context.ts';
import { errorCode } from '../protocol/errors.ts';

/**
 * OffsetDelete, version 0, never flexible. Removes committed offsets of topics that no member of the group subscribes to;
 * answered once that is durable.
 *
 *     request   group_id string, [name string, [partition_index int32]]
 *     response  error_code int16, throttle_time_ms int32, [name string, [partition_index int32, error_code int16]]
 */
export const offsetDelete: KafkaApi = {
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  flexibleFrom: Number.POSITIVE_INFINITY,
  async handle(request, _version, { broker }) {
    const groupId = request.string();
    const asked = request.array(() => ({
      topic: request.string(),
      partitions: request.array(() => request.int32()),
    }));
    const deleted = await broker.groups.offsets.delete(groupId, asked);
    const [error, topics] = typeof deleted === 'string' ? [deleted, []] : ['NONE' as const, deleted];
    return (response) => {
      response.int16(errorCode(error));
      response.int32(0);
      response.array(topics, ({ topic, partitions }) => {
        response.string(topic);
        response.array(partitions, ({ partition, error }) => {
          response.int32(partition);
          response.int16(errorCode(error));
        });
      });
    };
  },
};
