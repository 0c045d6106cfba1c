import type { ReceivedMessage } from '../../delivery/delivery.ts';
import { varintBytes, writeVarint } from '../../varint.ts';

/**
 * Messages as they stand in an answer, around their encoding that was made when they were published: the same bytes in a
 * PullResponse and in a StreamingPullResponse.
 *
 *     received_messages repeated ReceivedMessage = 1
 *     ReceivedMessage    ack_id string = 1, message PubsubMessage = 2, delivery_attempt int32 = 3
 *
 * `rest` is what else the answer holds, encoded, and stands behind them.
 */
export function encodeReceived(messages: readonly ReceivedMessage[], rest: Buffer = NOTHING): Buffer {
  const sizes = messages.map(receivedBytes);
  let total = rest.length;
  for (const size of sizes) total += 1 + varintBytes(size) + size;
  const bytes = Buffer.allocUnsafe(total);
  let at = 0;
  for (const [index, { ackId, message, deliveryAttempt }] of messages.entries()) {
    bytes[at] = RECEIVED_MESSAGE;
    at = writeVarint(bytes, at + 1, sizes[index] ?? 0);
    bytes[at] = ACK_ID;
    at = writeVarint(bytes, at + 1, ackId.length);
    at += bytes.write(ackId, at, 'latin1');
    bytes[at] = MESSAGE;
    at = writeVarint(bytes, at + 1, message.encoded.length);
    at += message.encoded.copy(bytes, at);
    if (deliveryAttempt === 0) continue;
    bytes[at] = DELIVERY_ATTEMPT;
    at = writeVarint(bytes, at + 1, deliveryAttempt);
  }
  rest.copy(bytes, at);
  return bytes;
}

const NOTHING = Buffer.alloc(0);

const RECEIVED_MESSAGE = 0x0a;
const ACK_ID = 0x0a;
const MESSAGE = 0x12;
const DELIVERY_ATTEMPT = 0x18;

/** Ack ids are the emulator's own, of ASCII. */
function receivedBytes({ ackId, message, deliveryAttempt }: ReceivedMessage): number {
  const encodedBytes = message.encoded.length;
  const attemptBytes = deliveryAttempt === 0 ? 0 : 1 + varintBytes(deliveryAttempt);
  return 2 + varintBytes(ackId.length) + ackId.length + varintBytes(encodedBytes) + encodedBytes + attemptBytes;
}

/** Splits what does not fit in one answer; a message never. */
export function* inAnswersOf(
  maxBytes: number,
  messages: readonly ReceivedMessage[],
): Generator<readonly ReceivedMessage[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, { message }] of messages.entries()) {
    bytes += message.encoded.length;
    if (bytes <= maxBytes || index === from) continue;
    yield messages.slice(from, index);
    from = index;
    bytes = message.encoded.length;
  }
  if (from < messages.length) yield messages.slice(from);
}
