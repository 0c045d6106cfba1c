import { notFound, tooLarge } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { decode } from '../../grpc/rpc.ts';
import { RpcError } from '../../grpc/rpc-error.ts';
import { checkName } from '../../resources/names.ts';
import type { Service } from '../../resources/service.ts';
import type { Topic } from '../../resources/topic.ts';
import { encodeMessages } from '../../storage/message-codec.ts';
import type { MessageIds } from '../../storage/message-ids.ts';
import type { EncodedMessages, NewMessage } from '../../storage/storage.ts';
import type { Unary } from '../define.ts';
import { checkCounts, checkMessages } from './check-messages.ts';
import { readPublish } from './read-publish.ts';
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
    const { topic, messages } = accept(bytes, service);
    const fault = service.faults.takePublish(topic.name);
    if (fault?.type === 'fail') throw new RpcError(fault.code, 'The request was failed on demand.');
    const ids = await append(topic, messages, service);
    if (fault?.type === 'lose-reply') throw new RpcError('UNAVAILABLE', 'The reply was lost on demand.');
    return encodeResponse(ids);
  },
};

/** @throws RpcError where the request breaks a rule. */
function accept(bytes: Buffer, service: Service): { readonly topic: Topic; readonly messages: EncodedMessages } {
  const plain = readPublish(bytes);
  const topic = plain && service.topics.find(plain.topic);
  if (plain === undefined || topic === undefined || topic.proto.schemaSettings) return decodeAndCheck(bytes, service);
  return { topic, messages: plain.messages };
}

function decodeAndCheck(bytes: Buffer, service: Service): ReturnType<typeof accept> {
  checkCounts(bytes);
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
  return { topic, messages: encodeMessages(accepted) };
}

async function append(topic: Topic, messages: EncodedMessages, { topics }: Service): Promise<MessageIds> {
  try {
    return await topic.log.appendEncoded(messages);
  } catch (error) {
    // It was deleted meanwhile.
    if (topics.find(topic.name) !== topic) throw notFound(topic.name);
    throw error;
  }
}

/** PublishResponse: `message_ids` repeated string = 1. */
const MESSAGE_ID = 0x0a;

function encodeResponse(ids: MessageIds): Buffer {
  const digits = ids.digits();
  // No id is longer than the last, and none so long that its length would take two bytes.
  const response = Buffer.allocUnsafe(ids.count * (2 + ids.at(ids.count - 1).length));
  let at = 0;
  for (let index = 0; index < ids.count; index += 1) {
    response[at] = MESSAGE_ID;
    response[at + 1] = digits.length;
    at = digits.write(response, at + 2);
    digits.advance();
  }
  return response.subarray(0, at);
}
