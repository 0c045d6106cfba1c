import { pubsub } from '../../grpc/protos.ts';
import { checkName } from '../../resources/names.ts';
import type { Topic } from '../../resources/topic.ts';
import { topicRecord } from '../../resources/topic.ts';
import { define } from '../define.ts';
import { checkTopic } from './check-topic.ts';

/**
 * CreateTopic. Answers when the topic is durable.
 *
 * Limits: the name's pattern, 64 labels, retention from 10 minutes to 31 days; a schema must exist, with its revisions.
 * Gaps: the key, the storage policy, ingestion and transforms are kept and have no effect; tags are checked by nobody.
 */
export const createTopic = define({
  path: 'google.pubsub.v1.Publisher/CreateTopic',
  request: pubsub.Topic,
  response: pubsub.Topic,
  handle(request, { service }) {
    const name = checkName('topics', 'name', request.name);
    return service.turns.take(async () => {
      const { topics, logs, storage } = service;
      topics.checkAbsent(name);
      const proto = checkTopic(request, service);
      const messagesId = crypto.randomUUID();
      const log = await logs.hold(messagesId, name);
      const topic: Topic = { name, messagesId, log, proto };
      try {
        await storage.resources.write([topicRecord(topic)]);
      } catch (error) {
        await logs.release(messagesId, name);
        throw error;
      }
      topics.set(name, topic);
      return proto;
    });
  },
});
