import type { Broker, KafkaApi } from '../context.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import { leaderEpochFault } from '../storage/leader-epoch.ts';
import { LEADER_EPOCH } from '../storage/partition.ts';

/**
 * OffsetForLeaderEpoch, 2 to 4, flexible from 4.
 *
 *     request   v3+ replica_id int32, [topic string, [partition int32, current_leader_epoch int32, leader_epoch int32]]
 *     response  throttle_time_ms int32, [topic string, [error_code int16, partition int32, leader_epoch int32,
 *               end_offset int64]]
 *
 * There is one epoch, and it lasts.
 */
export const offsetForLeaderEpoch: KafkaApi = {
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [2, 4],
  flexibleFrom: 4,
  handle(request, version, { broker }) {
    if (version >= 3) request.int32();
    const topics = request.array(() => {
      const name = request.string();
      const partitions = request.array(() => {
        const partition = { index: request.int32(), currentEpoch: request.int32(), epoch: request.int32() };
        request.tags();
        return partition;
      });
      request.tags();
      return { name, partitions };
    });
    request.tags();
    return (response) => {
      response.int32(0);
      response.array(topics, ({ name, partitions }) => {
        response.string(name);
        response.array(partitions, (asked) => {
          const { error, epoch, endOffset } = lookUp(broker, name, asked);
          response.int16(errorCode(error));
          response.int32(asked.index);
          response.int32(epoch);
          response.int64(endOffset);
          response.tags();
        });
        response.tags();
      });
      response.tags();
    };
  },
};

interface Asked {
  readonly index: number;
  readonly currentEpoch: number;
  readonly epoch: number;
}

interface EpochEnd {
  readonly error: ErrorName;
  readonly epoch: number;
  readonly endOffset: number;
}

function lookUp(broker: Broker, topic: string, { index, currentEpoch, epoch }: Asked): EpochEnd {
  const none = { epoch: -1, endOffset: -1 };
  const partition = broker.topics.partition(topic, index);
  if (partition === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', ...none };
  const fault = leaderEpochFault(currentEpoch);
  if (fault !== undefined) return { error: fault, ...none };
  if (epoch !== LEADER_EPOCH) return { error: 'NONE', ...none };
  return { error: 'NONE', epoch: LEADER_EPOCH, endOffset: partition.endOffset };
}
