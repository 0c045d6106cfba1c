import type { KafkaApi } from '../context.ts';
import type { MemberIdentity } from '../groups/session.ts';
import { errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';

/**
 * LeaveGroup, 0 to 5, flexible from 4. From version 3 on several members at once, which is how an administrator removes
 * static members: by their instance ids, without member ids.
 *
 *     request   group_id string, v0-2 member_id string, v3+ [member_id string, group_instance_id nullable string,
 *               v5+ reason nullable string]
 *     response  v1+ throttle_time_ms int32, error_code int16, v3+ [member_id string,
 *               group_instance_id nullable string, error_code int16]
 */
export const leaveGroup: KafkaApi = {
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexibleFrom: 4,
  handle(request, version, { broker }) {
    const groupId = request.string();
    const leaving = version >= 3 ? readMembers(request, version) : [{ memberId: request.string(), instanceId: null }];
    request.tags();
    const { error, members } = broker.groups.leave(groupId, leaving);
    // One member's error is the whole answer where only one can be named.
    const only = version < 3 ? members[0]?.error : undefined;
    return (response) => {
      if (version >= 1) response.int32(0);
      response.int16(errorCode(only ?? error));
      if (version >= 3) {
        response.array(members, (member) => {
          response.string(member.memberId);
          response.nullableString(member.instanceId);
          response.int16(errorCode(member.error));
          response.tags();
        });
      }
      response.tags();
    };
  },
};

function readMembers(request: Reader, version: number): MemberIdentity[] {
  return request.array(() => {
    const memberId = request.string();
    const instanceId = request.nullableString();
    if (version >= 5) request.nullableString();
    request.tags();
    return { memberId, instanceId };
  });
}
