import { Empty, pubsub } from '../../grpc/protos.ts';
import { checkName } from '../../resources/names.ts';
import { removeTopic } from '../../resources/remove.ts';
import { define } from '../define.ts';

/**
 * DeleteTopic. Its subscriptions stay, with `_deleted-topic_` for a topic, and deliver what they have not delivered yet. A
 * topic that is made anew under the name has none of it.
 */
export const deleteTopic = define({
  path: 'google.pubsub.v1.Publisher/DeleteTopic',
  request: pubsub.DeleteTopicRequest,
  response: Empty,
  handle(request, { service }) {
    const name = checkName('topics', 'topic', request.topic);
    return service.turns.take(async () => {
      await removeTopic(service, service.topics.get(name));
      return {};
    });
  },
});
