import { protos } from '@google-cloud/pubsub';

const { PublishRequest } = protos.google.pubsub.v1;

/** Field 2 (`messages`) of a PublishRequest, with its length after it. */
const MESSAGES_TAG = 0x12;

/** What a message takes up in a request besides its own bytes, at most: the tag, and a length of up to 28 bits. */
export const MESSAGE_OVERHEAD_BYTES = 5;

/**
 * A request around messages that are encoded already (https://protobuf.dev/programming-guides/encoding):
 *
 *     request = topic, { 0x12, varint length, message }
 */
export function publishRequest(topic: string, messages: readonly { readonly bytes: Buffer }[]): Buffer {
  const parts: Uint8Array[] = [PublishRequest.encode({ topic }).finish()];
  for (const { bytes } of messages) parts.push(headOf(bytes.length), bytes);
  return Buffer.concat(parts);
}

function headOf(length: number): Buffer {
  const head = [MESSAGES_TAG];
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  head.push(rest);
  return Buffer.from(head);
}
