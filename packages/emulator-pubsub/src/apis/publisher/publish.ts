import { notFound, tooLarge } from '../../grpc/errors.ts';
import { encoded, pubsub } from '../../grpc/protos.ts';
import { decode } from '../../grpc/rpc.ts';
import { RpcError } from '../../grpc/rpc-error.ts';
import { checkName } from '../../resources/names.ts';
import type { Service } from '../../resources/service.ts';
import type { Topic } from '../../resources/topic.ts';
import type { NewMessage } from '../../storage/storage.ts';
import type { Unary } from '../define.ts';
import { checkMessages } from './check-messages.ts';
import { schemaAttributes } from './validate-schema.ts';

const MAX_REQUEST_BYTES = 10_000_000;
const NO_DATA = Buffer.alloc(0);

/**
 * Publish. Answers when all messages are durable; none is where one is refused. Ids and times of the publisher's own are
 * ignored.
 *
 * Limits: 10 MB and 1,000 messages a request, 100 attributes, of 256 bytes and 1,024 bytes, an ordering key of 1,024
 * bytes, one for all messages of a request.
 */
export const publish: Unary = {
  kind: 'unary',
  path: '/google.pubsub.v1.Publisher/Publish',
  async answer(bytes, { service }) {
    if (bytes.length > MAX_REQUEST_BYTES) throw tooLarge('request_size', bytes.length, MAX_REQUEST_BYTES);
    const { topic: name, messages } = decode(pubsub.PublishRequest, bytes);
    const topic = service.topics.get(checkName('topics', 'topic', name));
    checkMessages(messages);
    const { schemaSettings } = topic.proto;
    const accepted = messages.map((message): NewMessage => {
      const { data, attributes, orderingKey } = message;
      const added = schemaSettings ? schemaAttributes(schemaSettings, message, service) : undefined;
      return {
        data: (data as Buffer | undefined) ?? NO_DATA,
        attributes: added ? { ...attributes, ...added } : (attributes ?? {}),
        orderingKey: orderingKey ?? '',
      };
    });
    const fault = service.faults.takePublish(name);
    if (fault?.type === 'fail') throw new RpcError(fault.code, 'The request was failed on demand.');
    const stored = await append(topic, accepted, service);
    if (fault?.type === 'lose-reply') throw new RpcError('UNAVAILABLE', 'The reply was lost on demand.');
    return encoded(pubsub.PublishResponse, { messageIds: stored.map(({ messageId }) => messageId) });
  },
};

async function append(topic: Topic, messages: readonly NewMessage[], { topics }: Service) {
  try {
    return await topic.log.append(messages);
  } catch (error) {
    // It was deleted meanwhile.
    if (topics.find(topic.name) !== topic) throw notFound(topic.name);
    throw error;
  }
}
