import { pubsub } from '../../grpc/protos.ts';
import { abandon, attach } from '../../resources/attach.ts';
import { checkName, projectOf, randomName } from '../../resources/names.ts';
import { Subscription, subscriptionRecord, withRetention } from '../../resources/subscription.ts';
import { define } from '../define.ts';
import { checkSubscription } from './check-subscription.ts';

/**
 * CreateSubscription. It gets what is published from the moment on at which it is durable, and this answers. Without a
 * name it gets one.
 *
 * Limits: ack deadline 10 to 600 s (0: 10), retention 10 minutes to 31 days (7 days), expiration from 1 day (31 days;
 * without a ttl never), 5 to 100 delivery attempts (5), back-off 0 to 600 s (10 and 600).
 * Gaps: messages are not written to BigQuery, Cloud Storage or Bigtable, and transforms change nothing.
 */
export const createSubscription = define({
  path: 'google.pubsub.v1.Subscriber/CreateSubscription',
  request: pubsub.Subscription,
  response: pubsub.Subscription,
  handle(request, { service }) {
    const topicName = checkName('topics', 'topic', request.topic);
    const name =
      request.name === ''
        ? randomName(projectOf(topicName), 'subscriptions')
        : checkName('subscriptions', 'name', request.name);
    return service.turns.take(async () => {
      const { subscriptions, topics, storage, clock } = service;
      subscriptions.checkAbsent(name);
      const topic = topics.get(topicName);
      const checked = withRetention(checkSubscription(request, service), topic.proto);
      const proto = { ...checked, name, topic: topicName, detached: false };
      const stored = { acksId: crypto.randomUUID(), firstOffset: topic.log.endOffset, proto };
      const subscription = new Subscription(stored, clock.now());
      try {
        await attach(service, subscription, topic.messagesId);
        await storage.resources.write([subscriptionRecord({ ...stored, messagesId: topic.messagesId })]);
      } catch (error) {
        await abandon(service, subscription, topic.messagesId);
        throw error;
      }
      subscriptions.set(name, subscription);
      return proto;
    });
  },
});
