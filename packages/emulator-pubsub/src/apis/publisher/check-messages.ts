import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { failedPrecondition, invalid, shown, tooLarge } from '../../grpc/errors.ts';
import { FieldScan } from '../../grpc/wire.ts';
import { MAX_ATTRIBUTES, MAX_KEY_BYTES, MAX_MESSAGES, MAX_ORDERING_KEY_BYTES, MAX_VALUE_BYTES } from './limits.ts';

type Message = google.pubsub.v1.IPubsubMessage;

/** Of the fields of a PublishRequest and of a PubsubMessage. */
const MESSAGES = 2;
const ATTRIBUTES = 2;

/**
 * Counts messages and attributes in a request before it is decoded: 10 MB hold five million of either, which would take
 * seconds and gigabytes to decode.
 * @throws RpcError `INVALID_ARGUMENT`
 */
export function checkCounts(request: Buffer): void {
  const messageCount = countOf(MESSAGES, new FieldScan(request));
  if (messageCount > MAX_MESSAGES) throw tooLarge('message_count', messageCount, MAX_MESSAGES);
  const fields = new FieldScan(request);
  while (fields.next()) {
    if (fields.number !== MESSAGES) continue;
    const attributeCount = countOf(ATTRIBUTES, new FieldScan(request, fields.from, fields.to));
    if (attributeCount <= MAX_ATTRIBUTES) continue;
    throw invalid(
      'The request contains a message with too many attributes. ' +
        `You passed ${attributeCount}, but the maximum is ${MAX_ATTRIBUTES}. ` +
        'Refer to https://cloud.google.com/pubsub/quotas for more information.',
    );
  }
}

function countOf(number: number, fields: FieldScan): number {
  let count = 0;
  while (fields.next()) if (fields.number === number) count += 1;
  return count;
}

/** @throws RpcError `INVALID_ARGUMENT`, or `FAILED_PRECONDITION` for ordering keys that differ. */
export function checkMessages(messages: readonly Message[]): void {
  if (messages.length === 0) {
    throw invalid('The value for message_count is too small. You passed 0 in the request, but the minimum value is 1.');
  }
  const orderingKey = messages[0]?.orderingKey ?? '';
  checkOrderingKey(orderingKey);
  for (const message of messages) {
    checkMessage(message);
    if ((message.orderingKey ?? '') === orderingKey) continue;
    throw failedPrecondition(
      'In a single publish request, all messages must have no ordering key or they must all have the same ordering key. ' +
        '[code=539b]',
    );
  }
}

function checkMessage({ data, attributes }: Message): void {
  let count = 0;
  for (const key in attributes) {
    count += 1;
    checkAttribute(key, attributes[key] ?? '');
  }
  if (count === 0 && !data?.length) {
    throw invalid(
      'One or more messages in the publish request is empty. ' +
        'Each message must contain either non-empty data, or at least one attribute.',
    );
  }
}

/** Keys that begin with `goog` are the service's own; `googclient_…` is what the clients' libraries themselves send. */
const RESERVED = /^goog(?!client_)/i;

function checkAttribute(key: string, value: string): void {
  if (key === '' || RESERVED.test(key)) {
    throw invalid(
      `The request contains an attribute key that is not valid (key=${shown(key)}). ` +
        "Attribute keys must be non-empty and must not begin with 'goog' (case-insensitive).",
    );
  }
  if (isLonger(key, MAX_KEY_BYTES)) {
    throw invalid(
      `The request contains an attribute key that is too long. The length is ${Buffer.byteLength(key)} characters, ` +
        `but the maximum allowed is ${MAX_KEY_BYTES}. Refer to https://cloud.google.com/pubsub/quotas for more information.`,
    );
  }
  if (isLonger(value, MAX_VALUE_BYTES)) {
    throw invalid(
      `The attribute "${shown(key)}" in the request has a value that is too long. ` +
        `The length is ${Buffer.byteLength(value)} characters, but the maximum allowed is ${MAX_VALUE_BYTES}. ` +
        'Refer to https://cloud.google.com/pubsub/quotas for more information.',
    );
  }
}

function checkOrderingKey(key: string): void {
  if (!isLonger(key, MAX_ORDERING_KEY_BYTES)) return;
  throw invalid(
    `The ordering key in the request is too long. The length is ${Buffer.byteLength(key)} bytes, ` +
      `but the maximum allowed is ${MAX_ORDERING_KEY_BYTES}. ` +
      'Refer to https://cloud.google.com/pubsub/quotas for more information.',
  );
}

/** In UTF-8, of which a character has one to three bytes (a pair of them four): most texts need no counting. */
const isLonger = (text: string, maxBytes: number): boolean =>
  text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
