import type { KafkaApi } from '../context.ts';
import { errorCode } from '../protocol/errors.ts';

/**
 * DeleteGroups, 0 to 2, flexible from 2. A group without members goes with all its offsets; answered once that is durable.
 *
 *     request   [group_id string]
 *     response  throttle_time_ms int32, [group_id string, error_code int16]
 */
export const deleteGroups: KafkaApi = {
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexibleFrom: 2,
  async handle(request, _version, { broker }) {
    const groupIds = new Set(request.array(() => request.string()));
    request.tags();
    const deletions = [...groupIds].map(async (groupId) => ({ groupId, error: await broker.groups.delete(groupId) }));
    const results = await Promise.all(deletions);
    return (response) => {
      response.int32(0);
      response.array(results, ({ groupId, error }) => {
        response.string(groupId);
        response.int16(errorCode(error));
        response.tags();
      });
      response.tags();
    };
  },
};
