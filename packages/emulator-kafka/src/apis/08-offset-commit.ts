import type { KafkaApi } from '../context.ts';
import type { CommitRequest, OffsetToCommit } from '../groups/offsets.ts';
import { errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';

/**
 * OffsetCommit, 2 to 9, flexible from 8. Answered once the offsets are durable.
 *
 *     request   group_id string, generation_id int32, member_id string, v7+ group_instance_id nullable string,
 *               v2-4 retention_time_ms int64, [name string, [partition_index int32, committed_offset int64,
 *               v6+ committed_leader_epoch int32, committed_metadata nullable string]]
 *     response  v3+ throttle_time_ms int32, [name string, [partition_index int32, error_code int16]]
 *
 * Gaps: topic ids (version 10).
 */
export const offsetCommit: KafkaApi = {
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 9],
  flexibleFrom: 8,
  async handle(request, version, { broker }) {
    const topics = await broker.groups.offsets.commit(readRequest(request, version));
    return (response) => {
      if (version >= 3) response.int32(0);
      response.array(topics, ({ topic, partitions }) => {
        response.string(topic);
        response.array(partitions, ({ partition, error }) => {
          response.int32(partition);
          response.int16(errorCode(error));
          response.tags();
        });
        response.tags();
      });
      response.tags();
    };
  },
};

function readRequest(request: Reader, version: number): CommitRequest {
  const groupId = request.string();
  const generation = request.int32();
  const memberId = request.string();
  const instanceId = version >= 7 ? request.nullableString() : null;
  const retentionMs = version <= 4 ? request.int64Clamped() : -1;
  const topics = request.array(() => {
    const topic = request.string();
    const partitions = request.array(() => readPartition(request, version));
    request.tags();
    return { topic, partitions };
  });
  request.tags();
  return {
    groupId,
    generation,
    memberId,
    instanceId,
    retentionMs: retentionMs === -1 ? undefined : retentionMs,
    topics,
    noGroupError: version >= 9 ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION',
  };
}

function readPartition(request: Reader, version: number): OffsetToCommit {
  const partition = request.int32();
  const offset = request.int64();
  const leaderEpoch = version >= 6 ? request.int32() : -1;
  const metadata = request.nullableString();
  request.tags();
  return { partition, offset, leaderEpoch, metadata };
}
