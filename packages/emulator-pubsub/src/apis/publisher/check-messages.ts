import type { google } from '@google-cloud/pubsub/build/protos/protos.js';
import { failedPrecondition, invalid, shown, tooLarge } from '../../grpc/errors.ts';

/** Of https://cloud.google.com/pubsub/quotas, "Resource limits". */
const MAX_MESSAGES = 1000;
const MAX_ATTRIBUTES = 100;
const MAX_KEY_BYTES = 256;
const MAX_VALUE_BYTES = 1024;
const MAX_ORDERING_KEY_BYTES = 1024;

type Message = google.pubsub.v1.IPubsubMessage;

/** @throws RpcError `INVALID_ARGUMENT`, or `FAILED_PRECONDITION` for ordering keys that differ. */
export function checkMessages(messages: readonly Message[]): void {
  if (messages.length === 0) {
    throw invalid('The value for message_count is too small. You passed 0 in the request, but the minimum value is 1.');
  }
  if (messages.length > MAX_MESSAGES) throw tooLarge('message_count', messages.length, MAX_MESSAGES);
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
  if (count > MAX_ATTRIBUTES) {
    throw invalid(
      `The request contains a message with too many attributes. You passed ${count}, but the maximum is ${MAX_ATTRIBUTES}. ` +
        'Refer to https://cloud.google.com/pubsub/quotas for more information.',
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
