import type { Broker, KafkaApi } from '../context.ts';
import { ERRORS, type ErrorName, errorCode } from '../protocol/errors.ts';

/**
 * FindCoordinator, 0 to 6, flexible from 3. There is one broker: it coordinates every group and every transaction.
 *
 *     request   v0-3 key string, v1+ key_type int8 (0 group, 1 transaction, 2 share), v4+ [key string]
 *     response  v1+ throttle_time_ms int32,
 *               v0-3 error_code int16, v1+ error_message nullable string, node_id int32, host string, port int32
 *               v4+ [key string, node_id int32, host string, port int32, error_code int16,
 *               error_message nullable string]
 *
 * Gaps: share groups (KIP-932) have no coordinator.
 */
export const findCoordinator: KafkaApi = {
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 6],
  flexibleFrom: 3,
  handle(request, version, { broker }) {
    const onlyKey = version <= 3 ? request.string() : '';
    const type = version >= 1 ? request.int8() : GROUP;
    const keys = version >= 4 ? request.array(() => request.string()) : [onlyKey];
    request.tags();
    const { error, nodeId, host, port } = coordinatorOf(type, broker);
    // Apache Kafka has a message also where there is no error.
    const message = error === 'NONE' && version <= 3 ? 'NONE' : ERRORS[error].message;
    return (response) => {
      if (version >= 1) response.int32(0);
      if (version >= 4) {
        response.array(keys, (key) => {
          response.string(key);
          response.int32(nodeId);
          response.string(host);
          response.int32(port);
          response.int16(errorCode(error));
          response.nullableString(message);
          response.tags();
        });
      } else {
        response.int16(errorCode(error));
        if (version >= 1) response.nullableString(message);
        response.int32(nodeId);
        response.string(host);
        response.int32(port);
      }
      response.tags();
    };
  },
};

const GROUP = 0;
const TRANSACTION = 1;

interface Coordinator {
  readonly error: ErrorName;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

function coordinatorOf(type: number, { nodeId, endpoint }: Broker): Coordinator {
  if (type === GROUP || type === TRANSACTION) return { error: 'NONE', nodeId, ...endpoint };
  return { error: 'INVALID_REQUEST', nodeId: -1, host: '', port: -1 };
}
