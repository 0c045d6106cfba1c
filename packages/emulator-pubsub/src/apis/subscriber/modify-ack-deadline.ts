import { invalid } from '../../grpc/errors.ts';
import { Empty, pubsub } from '../../grpc/protos.ts';
import { define } from '../define.ts';
import { checkOutcomes } from './ack-outcomes.ts';
import { checkAckIds } from './acknowledge.ts';
import { useSubscription } from './use-subscription.ts';

/**
 * ModifyAckDeadline: ends leases so many seconds from now; 0 gives the messages back.
 *
 * Limits: 0 to 600 s, a request of 524,288 bytes.
 */
export const modifyAckDeadline = define({
  path: 'google.pubsub.v1.Subscriber/ModifyAckDeadline',
  request: pubsub.ModifyAckDeadlineRequest,
  response: Empty,
  handle({ subscription, ackIds, ackDeadlineSeconds }, { service }) {
    const { delivery } = useSubscription(service, subscription).attached();
    checkAckIds(ackIds);
    checkModifiedDeadline('ack_deadline_seconds', ackDeadlineSeconds);
    checkOutcomes(ackIds, delivery.modifyAckDeadline(ackIds, ackDeadlineSeconds * 1000));
    return {};
  },
});

/** @throws RpcError `INVALID_ARGUMENT` */
export function checkModifiedDeadline(field: string, seconds: number): void {
  if (seconds >= 0 && seconds <= 600) return;
  throw invalid(`Invalid ack deadline given (${field}=${seconds}). It must be between 0 and 600 seconds.`);
}
