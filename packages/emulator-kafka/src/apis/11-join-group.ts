import type { KafkaApi, RequestContext } from '../context.ts';
import type { JoinRequest, Protocol } from '../groups/messages.ts';
import { errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';

/**
 * JoinGroup, 0 to 9, flexible from 6. Answered when the join phase ends, which may take as long as the longest rebalance
 * timeout of the members.
 *
 *     request   group_id string, session_timeout_ms int32, v1+ rebalance_timeout_ms int32, member_id string,
 *               v5+ group_instance_id nullable string, protocol_type string, [name string, metadata bytes],
 *               v8+ reason nullable string
 *     response  v2+ throttle_time_ms int32, error_code int16, generation_id int32, v7+ protocol_type nullable string,
 *               protocol_name string (v7+ nullable), leader string, v9+ skip_assignment boolean, member_id string,
 *               [member_id string, v5+ group_instance_id nullable string, metadata bytes]
 *
 * Version 4 made clients come back with the member id that they are given (KIP-394), version 5 brought static members
 * (KIP-345), version 9 lets the leader keep the assignment that there is (KIP-814).
 */
export const joinGroup: KafkaApi = {
  key: 11,
  name: 'JoinGroup',
  versions: [0, 9],
  flexibleFrom: 6,
  async handle(request, version, context) {
    const { groupId, join } = readRequest(request, version, context);
    const answer = await context.broker.groups.join(groupId, join, context.signal);
    return (response) => {
      if (version >= 2) response.int32(0);
      response.int16(errorCode(answer.error));
      response.int32(answer.generation);
      if (version >= 7) {
        response.nullableString(answer.protocolType);
        response.nullableString(answer.protocolName);
      } else {
        response.string(answer.protocolName ?? '');
      }
      response.string(answer.leader);
      if (version >= 9) response.boolean(answer.skipAssignment);
      response.string(answer.memberId);
      response.array(answer.members, ({ id, instanceId, metadata }) => {
        response.string(id);
        if (version >= 5) response.nullableString(instanceId);
        response.bytes(metadata);
        response.tags();
      });
      response.tags();
    };
  },
};

function readRequest(
  request: Reader,
  version: number,
  { clientId, clientHost }: RequestContext,
): { groupId: string; join: JoinRequest } {
  const groupId = request.string();
  const sessionTimeoutMs = request.int32();
  const rebalanceTimeoutMs = version >= 1 ? request.int32() : sessionTimeoutMs;
  const memberId = request.string();
  const instanceId = version >= 5 ? request.nullableString() : null;
  const protocolType = request.string();
  const protocols = request.array((): Protocol => {
    const name = request.string();
    const metadata = Buffer.from(request.bytes());
    request.tags();
    return { name, metadata };
  });
  if (version >= 8) request.nullableString();
  request.tags();
  const join: JoinRequest = {
    memberId,
    instanceId,
    clientId: clientId ?? '',
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocolType,
    protocols,
    needsMemberId: version >= 4,
    canSkipAssignment: version >= 9,
  };
  return { groupId, join };
}
