import { failedPrecondition, invalidArgument } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { checkName } from '../../resources/names.ts';
import { checkTimestampUs } from '../../resources/times.ts';
import { define } from '../define.ts';
import { useSubscription } from './use-subscription.ts';

/**
 * Seek: to a time, as far back as the subscription or its topic retains messages, or to a snapshot of the same topic.
 * Answers when it is durable; messages come again with their bodies.
 */
export const seek = define({
  path: 'google.pubsub.v1.Subscriber/Seek',
  request: pubsub.SeekRequest,
  response: pubsub.SeekResponse,
  handle: ({ subscription: name, time, snapshot: snapshotName }, { service }) =>
    // In turn with what changes and removes snapshots and subscriptions.
    service.turns.take(async () => {
      const { delivery, messagesId } = useSubscription(service, name).attached();
      if (time) {
        await delivery.seekToTime(checkTimestampUs('time', time));
      } else if (snapshotName) {
        const snapshot = service.snapshots.get(checkName('snapshots', 'snapshot', snapshotName));
        if (snapshot.messagesId !== messagesId) {
          throw failedPrecondition('The snapshot and the subscription must be of the same topic.');
        }
        await delivery.seekTo(snapshot.state);
      } else {
        throw invalidArgument('target');
      }
      return {};
    }),
});
