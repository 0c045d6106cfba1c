import { malformedRequest, payloadTooLarge } from './errors.ts';
import { encoded, type MessageType } from './protos.ts';

/** For every request but one that publishes. */
const MAX_REQUEST_BYTES = 524_288;

/** A method that takes one message and answers with one. */
export interface UnaryRpc<Context> {
  readonly kind: 'unary';
  readonly path: string;
  answer(request: Buffer, context: Context): Buffer | Promise<Buffer>;
}

/** A method on which both sides send messages until one ends it. */
export interface StreamRpc<Context> {
  readonly kind: 'stream';
  readonly path: string;
  /** Resolves when the stream has ended well; rejects with what the client is told. */
  serve(stream: RpcStream, context: Context): Promise<void>;
}

export type Rpc<Context> = UnaryRpc<Context> | StreamRpc<Context>;

/** What a method that streams has of its stream. */
export interface RpcStream {
  /** Each message of the client, in order; ends when the client has said all. The next is not read before it is asked for. */
  readonly requests: AsyncIterator<Buffer, undefined>;
  /** Resolves when the message is on its way to the client, as fast as the client takes them. */
  write(message: Buffer): Promise<void>;
}

/** A method between whose handler and the wire nothing but the messages' own encoding stands. */
export interface UnaryDefinition<Context, Request, Answer> {
  /** Both names as in the path: `google.pubsub.v1.Publisher/CreateTopic`. */
  readonly path: string;
  readonly request: Pick<MessageType<Request, never>, 'decode'>;
  readonly response: Pick<MessageType<unknown, Answer>, 'encode'>;
  /** Default: what the service takes where it says nothing else. */
  readonly maxRequestBytes?: number;
  handle(request: Request, context: Context): Answer | Promise<Answer>;
}

export function unary<Context, Request, Answer>(
  definition: UnaryDefinition<Context, Request, Answer>,
): UnaryRpc<Context> {
  const { path, request, response, maxRequestBytes = MAX_REQUEST_BYTES } = definition;
  return {
    kind: 'unary',
    path: `/${path}`,
    answer(bytes, context) {
      if (bytes.length > maxRequestBytes) throw payloadTooLarge(maxRequestBytes);
      const answer = definition.handle(decode(request, bytes), context);
      return answer instanceof Promise
        ? answer.then((message) => encoded(response, message))
        : encoded(response, answer);
    },
  };
}

/** @throws RpcError where the bytes are no such message. */
export function decode<Message>(type: Pick<MessageType<Message, never>, 'decode'>, bytes: Buffer): Message {
  try {
    return type.decode(bytes);
  } catch {
    throw malformedRequest();
  }
}
