import { failedPrecondition } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { checkLabels } from '../../resources/labels.ts';
import { checkName, projectOf, randomName } from '../../resources/names.ts';
import { type Snapshot, snapshotRecord } from '../../resources/snapshot.ts';
import type { Attachment } from '../../resources/subscription.ts';
import { DAY_MS, HOUR_MS, timestampOf } from '../../resources/times.ts';
import { define } from '../define.ts';
import { useSubscription } from './use-subscription.ts';

export const LONGEST_SNAPSHOT_MS = 7 * DAY_MS;

/**
 * CreateSnapshot: of what is acknowledged at this moment. It lasts 7 days less the age of the oldest message that is not;
 * where that leaves less than an hour, there is none. Without a name it gets one.
 */
export const createSnapshot = define({
  path: 'google.pubsub.v1.Subscriber/CreateSnapshot',
  request: pubsub.CreateSnapshotRequest,
  response: pubsub.Snapshot,
  handle({ name: wanted, subscription: source, labels }, { service }) {
    checkName('subscriptions', 'subscription', source);
    const name = wanted === '' ? randomName(projectOf(source), 'snapshots') : checkName('snapshots', 'name', wanted);
    checkLabels(labels);
    return service.turns.take(async () => {
      service.snapshots.checkAbsent(name);
      const subscription = useSubscription(service, source);
      const attachment = subscription.attached();
      const nowMs = service.clock.now();
      const lifetimeMs = LONGEST_SNAPSHOT_MS - (await backlogAgeMs(attachment, nowMs));
      if (lifetimeMs < HOUR_MS) {
        throw failedPrecondition(
          'The backlog of the subscription is too old: the snapshot would expire within an hour.',
        );
      }
      const { messagesId, delivery } = attachment;
      const proto = {
        name,
        topic: subscription.proto.topic ?? '',
        expireTime: timestampOf(nowMs + lifetimeMs),
        labels,
      };
      const snapshot: Snapshot = { name, messagesId, state: delivery.state(), createdMs: nowMs, proto };
      await service.logs.hold(messagesId, name);
      try {
        await service.storage.resources.write([snapshotRecord(snapshot)]);
      } catch (error) {
        await service.logs.release(messagesId, name);
        throw error;
      }
      service.snapshots.set(name, snapshot);
      return proto;
    });
  },
});

async function backlogAgeMs({ delivery, log }: Attachment, nowMs: number): Promise<number> {
  const oldest = Math.max(delivery.state().below, log.startOffset);
  if (oldest >= log.endOffset) return 0;
  const [message] = await log.read(oldest, { maxMessages: 1, maxBytes: 1 });
  return message === undefined ? 0 : Math.max(0, nowMs - Math.floor(message.publishTimeUs / 1000));
}
