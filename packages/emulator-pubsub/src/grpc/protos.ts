import protos from '@google-cloud/pubsub/build/protos/protos.js';

/**
 * The messages of `google.pubsub.v1`, from the code that the stock client's package carries: it loads in a third of the
 * time that reading the .proto files takes.
 */
export const pubsub = protos.google.pubsub.v1;
export const { Empty } = protos.google.protobuf;

/** What encodes and decodes one type of message. */
export interface MessageType<Decoded, Plain> {
  encode(message: Plain): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Decoded;
}

/** An encoder's answer, as the Buffer that it is in Node. */
export function encoded<Plain>(type: Pick<MessageType<unknown, Plain>, 'encode'>, message: Plain): Buffer {
  const bytes = type.encode(message).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
