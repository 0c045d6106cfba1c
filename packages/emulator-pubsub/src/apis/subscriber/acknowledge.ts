import { invalid, shown } from '../../grpc/errors.ts';
import { Empty, pubsub } from '../../grpc/protos.ts';
import { define } from '../define.ts';
import { checkOutcomes } from './ack-outcomes.ts';
import { useSubscription } from './use-subscription.ts';

/**
 * Acknowledge. Answers when it is durable. With exactly-once delivery, an id whose lease has ended fails, and the answer
 * says of each id that failed why; without it, an id that is none of the subscription's is taken without a word.
 *
 * Limits: a request of 524,288 bytes.
 */
export const acknowledge = define({
  path: 'google.pubsub.v1.Subscriber/Acknowledge',
  request: pubsub.AcknowledgeRequest,
  response: Empty,
  async handle({ subscription, ackIds }, { service }) {
    const { delivery } = useSubscription(service, subscription).attached();
    checkAckIds(ackIds);
    checkOutcomes(ackIds, await delivery.acknowledge(ackIds));
    return {};
  },
});

const LONGEST_ACK_ID = 1024;

/** @throws RpcError `INVALID_ARGUMENT` */
export function checkAckIds(ackIds: readonly string[]): void {
  if (ackIds.length === 0) throw invalid('No ack ids specified.');
  for (const ackId of ackIds) {
    if (ackId !== '' && ackId.length <= LONGEST_ACK_ID) continue;
    throw invalid(`You have passed an invalid ack ID to the service (ack_id=${shown(ackId)}).`);
  }
}
