import type { KafkaApi } from '../context.ts';
import { type SyncRequest, syncRefused } from '../groups/messages.ts';
import { errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';

/**
 * SyncGroup, 0 to 5, flexible from 4. Followers are answered when the leader has brought the assignment.
 *
 *     request   group_id string, generation_id int32, member_id string, v3+ group_instance_id nullable string,
 *               v5+ protocol_type nullable string, v5+ protocol_name nullable string,
 *               [member_id string, assignment bytes]
 *     response  v1+ throttle_time_ms int32, error_code int16, v5+ protocol_type nullable string,
 *               v5+ protocol_name nullable string, assignment bytes
 */
export const syncGroup: KafkaApi = {
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  async handle(request, version, { broker, signal }) {
    const { groupId, sync } = readRequest(request, version);
    // Nullable on the wire, and yet a client of this version must name both (KIP-559).
    const isIncomplete = version >= 5 && (sync.protocolType === null || sync.protocolName === null);
    const answer = isIncomplete
      ? syncRefused('INCONSISTENT_GROUP_PROTOCOL')
      : await broker.groups.sync(groupId, sync, signal);
    return (response) => {
      if (version >= 1) response.int32(0);
      response.int16(errorCode(answer.error));
      if (version >= 5) {
        response.nullableString(answer.protocolType);
        response.nullableString(answer.protocolName);
      }
      response.bytes(answer.assignment);
      response.tags();
    };
  },
};

function readRequest(request: Reader, version: number): { groupId: string; sync: SyncRequest } {
  const groupId = request.string();
  const generation = request.int32();
  const memberId = request.string();
  const instanceId = version >= 3 ? request.nullableString() : null;
  const protocolType = version >= 5 ? request.nullableString() : null;
  const protocolName = version >= 5 ? request.nullableString() : null;
  const assignments = request.array((): [string, Buffer] => {
    const assigned = request.string();
    const assignment = Buffer.from(request.bytes());
    request.tags();
    return [assigned, assignment];
  });
  request.tags();
  const sync = { generation, memberId, instanceId, protocolType, protocolName, assignments: new Map(assignments) };
  return { groupId, sync };
}
