import type { KafkaApi } from '../context.ts';
import type { ApiRange, Outcome } from '../protocol/api.ts';
import { errorCode } from '../protocol/errors.ts';

/**
 * ApiVersions, 0 to 4, flexible from 3 (the response's header never is: a client must be able to read the answer to a
 * version that the broker does not know).
 *
 *     request  v3+  client_software_name string, client_software_version string
 *     response      error_code int16, [api_key int16, min_version int16, max_version int16],
 *                   v1+ throttle_time_ms int32
 *
 * Gaps: no features are listed (v3+ tagged fields), so clients use transactions of version 1 and classic groups.
 */
export const apiVersions: KafkaApi = {
  key: 18,
  name: 'ApiVersions',
  versions: [0, 4],
  flexibleFrom: 3,
  handle(request, version, { broker }) {
    if (version >= 3) {
      request.string();
      request.string();
      request.tags();
    }
    return apiVersionsResponse(version, broker.apis, errorCode('NONE'));
  },
};

/** The answer to a version that is not served: an error, and this API's versions, in the oldest form (KIP-511). */
export function unsupportedApiVersions(): Outcome {
  return apiVersionsResponse(0, [apiVersions], errorCode('UNSUPPORTED_VERSION'));
}

function apiVersionsResponse(version: number, apis: readonly ApiRange[], error: number): Outcome {
  return (response) => {
    response.int16(error);
    response.array(apis, ({ key, versions: [first, last] }) => {
      response.int16(key);
      response.int16(first);
      response.int16(last);
      response.tags();
    });
    if (version >= 1) response.int32(0);
    response.tags();
  };
}
