import type { KafkaApi } from '../context.ts';
import { errorCode } from '../protocol/errors.ts';

/**
 * ListGroups, 0 to 5, flexible from 3.
 *
 *     request   v4+ [states_filter string], v5+ [types_filter string]
 *     response  v1+ throttle_time_ms int32, error_code int16, [group_id string, protocol_type string,
 *               v4+ group_state string, v5+ group_type string]
 *
 * An empty filter lets all pass; case does not matter. Every group is of type `classic`.
 */
export const listGroups: KafkaApi = {
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexibleFrom: 3,
  handle(request, version, { broker }) {
    const states = version >= 4 ? request.array(() => request.string()) : [];
    const types = version >= 5 ? request.array(() => request.string()) : [];
    request.tags();
    const passes = (filter: readonly string[], value: string): boolean =>
      filter.length === 0 || filter.some((wanted) => wanted.toLowerCase() === value.toLowerCase());
    const groups = broker.groups.list().filter(({ state }) => passes(states, state) && passes(types, TYPE));
    return (response) => {
      if (version >= 1) response.int32(0);
      response.int16(errorCode('NONE'));
      response.array(groups, ({ id, state, generation }) => {
        response.string(id);
        response.string(generation.protocolType ?? '');
        if (version >= 4) response.string(state);
        if (version >= 5) response.string(TYPE);
        response.tags();
      });
      response.tags();
    };
  },
};

const TYPE = 'classic';
