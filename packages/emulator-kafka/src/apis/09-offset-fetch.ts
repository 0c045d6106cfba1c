import type { KafkaApi } from '../context.ts';
import type { TopicPartitions } from '../groups/changes.ts';
import type { FetchedTopic } from '../groups/offsets.ts';
import { errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';
import type { Writer } from '../protocol/writer.ts';

/**
 * OffsetFetch, 1 to 9, flexible from 6. Offset -1 where nothing is committed, also for groups and topics that do not
 * exist. A null array of topics asks for all that the group has committed.
 *
 *     request   v1-7 group_id string, topics; v8+ [group_id string, v9+ member_id nullable string,
 *               v9+ member_epoch int32, topics]; v7+ require_stable boolean
 *     topics    (v2+ nullable) [name string, [partition_index int32]]
 *     response  v3+ throttle_time_ms int32, v1-7 topics, v2-7 error_code int16; v8+ [group_id string, topics,
 *               error_code int16]
 *     topics    [name string, [partition_index int32, committed_offset int64, v5+ committed_leader_epoch int32,
 *               metadata nullable string, error_code int16]]
 *
 * Every committed offset is stable, since offsets cannot be part of a transaction.
 *
 * Gaps: topic ids (version 10); member id and epoch, which concern groups of the protocol of KIP-848 alone.
 */
export const offsetFetch: KafkaApi = {
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 9],
  flexibleFrom: 6,
  handle(request, version, { broker }) {
    const { offsets } = broker.groups;
    const groups = readRequest(request, version).map(({ groupId, topics }) => ({
      groupId,
      topics: topics === null ? offsets.fetchAll(groupId) : offsets.fetch(groupId, topics),
    }));
    return (response) => {
      if (version >= 3) response.int32(0);
      if (version >= 8) {
        response.array(groups, ({ groupId, topics }) => {
          response.string(groupId);
          writeTopics(response, topics, version);
          response.int16(errorCode('NONE'));
          response.tags();
        });
      } else {
        for (const { topics } of groups) writeTopics(response, topics, version);
        if (version >= 2) response.int16(errorCode('NONE'));
      }
      response.tags();
    };
  },
};

interface AskedGroup {
  readonly groupId: string;
  /** Null for all. */
  readonly topics: readonly TopicPartitions[] | null;
}

function readRequest(request: Reader, version: number): AskedGroup[] {
  const groups = version >= 8 ? request.array(() => readGroup(request, version)) : [readOnlyGroup(request, version)];
  if (version >= 7) request.boolean();
  request.tags();
  return groups;
}

function readGroup(request: Reader, version: number): AskedGroup {
  const groupId = request.string();
  if (version >= 9) {
    request.nullableString();
    request.int32();
  }
  const topics = request.nullableArray(() => readTopic(request));
  request.tags();
  return { groupId, topics };
}

function readOnlyGroup(request: Reader, version: number): AskedGroup {
  const groupId = request.string();
  const topics =
    version >= 2 ? request.nullableArray(() => readTopic(request)) : request.array(() => readTopic(request));
  return { groupId, topics };
}

function readTopic(request: Reader): TopicPartitions {
  const topic = request.string();
  const partitions = request.array(() => request.int32());
  request.tags();
  return { topic, partitions };
}

function writeTopics(response: Writer, topics: readonly FetchedTopic[], version: number): void {
  response.array(topics, ({ topic, partitions }) => {
    response.string(topic);
    response.array(partitions, ({ partition, offset, leaderEpoch, metadata }) => {
      response.int32(partition);
      response.int64(offset);
      if (version >= 5) response.int32(leaderEpoch);
      response.nullableString(metadata);
      response.int16(errorCode('NONE'));
      response.tags();
    });
    response.tags();
  });
}
