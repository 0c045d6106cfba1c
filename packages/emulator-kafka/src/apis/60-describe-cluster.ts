import { CLUSTER_OPERATIONS, NOT_REQUESTED } from '../authorized-operations.ts';
import type { KafkaApi } from '../context.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';

/**
 * DescribeCluster, 0 to 2, always flexible.
 *
 *     request   include_cluster_authorized_operations bool, v1+ endpoint_type int8, v2+ include_fenced_brokers bool
 *     response  throttle_time_ms int32, error_code int16, error_message nullable string, v1+ endpoint_type int8,
 *               cluster_id string, controller_id int32,
 *               brokers [broker_id int32, host string, port int32, rack nullable string, v2+ is_fenced bool],
 *               cluster_authorized_operations int32
 */
export const describeCluster: KafkaApi = {
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexibleFrom: 0,
  handle(request, version, { broker }) {
    const operations = request.boolean();
    const endpointType = version >= 1 ? request.int8() : BROKERS;
    if (version >= 2) request.boolean();
    request.tags();
    const refusal = refusalOf(endpointType);
    const { nodeId, clusterId, endpoint } = broker;
    return (response) => {
      response.int32(0);
      response.int16(errorCode(refusal?.error ?? 'NONE'));
      response.nullableString(refusal?.message ?? null);
      if (version >= 1) response.int8(BROKERS);
      response.string(refusal === undefined ? clusterId : '');
      response.int32(refusal === undefined ? nodeId : -1);
      response.array(refusal === undefined ? [endpoint] : [], ({ host, port }) => {
        response.int32(nodeId);
        response.string(host);
        response.int32(port);
        response.nullableString(null);
        if (version >= 2) response.boolean(false);
        response.tags();
      });
      response.int32(operations && refusal === undefined ? CLUSTER_OPERATIONS : NOT_REQUESTED);
      response.tags();
    };
  },
};

const BROKERS = 1;
const CONTROLLERS = 2;

function refusalOf(endpointType: number): { readonly error: ErrorName; readonly message: string } | undefined {
  if (endpointType === BROKERS) return undefined;
  if (endpointType !== CONTROLLERS) {
    return { error: 'UNSUPPORTED_ENDPOINT_TYPE', message: `Unsupported endpoint type ${endpointType}` };
  }
  const message = 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER';
  return { error: 'MISMATCHED_ENDPOINT_TYPE', message };
}
