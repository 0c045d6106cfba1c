import type { KafkaApi } from '../context.ts';
import { errorCode } from '../protocol/errors.ts';

/**
 * Heartbeat, 0 to 4, flexible from 4.
 *
 *     request   group_id string, generation_id int32, member_id string, v3+ group_instance_id nullable string
 *     response  v1+ throttle_time_ms int32, error_code int16
 */
export const heartbeat: KafkaApi = {
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexibleFrom: 4,
  handle(request, version, { broker }) {
    const groupId = request.string();
    const generation = request.int32();
    const memberId = request.string();
    const instanceId = version >= 3 ? request.nullableString() : null;
    request.tags();
    const error = broker.groups.heartbeat(groupId, { memberId, instanceId }, generation);
    return (response) => {
      if (version >= 1) response.int32(0);
      response.int16(errorCode(error));
      response.tags();
    };
  },
};
