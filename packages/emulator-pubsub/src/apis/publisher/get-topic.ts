import { pubsub } from '../../grpc/protos.ts';
import { checkName } from '../../resources/names.ts';
import { define } from '../define.ts';

/** GetTopic. */
export const getTopic = define({
  path: 'google.pubsub.v1.Publisher/GetTopic',
  request: pubsub.GetTopicRequest,
  response: pubsub.Topic,
  handle: ({ topic }, { service }) => service.topics.get(checkName('topics', 'topic', topic)).proto,
});
