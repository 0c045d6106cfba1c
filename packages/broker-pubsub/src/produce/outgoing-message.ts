import { protos } from '@google-cloud/pubsub';
import { HEADER, type OutgoingRecord, SluiceError, utf8Text } from '@sluice/core';
import { attributesOf, ID_ATTRIBUTE, requireLength } from '../headers.ts';

const { PubsubMessage } = protos.google.pubsub.v1;

/** https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_KEY_BYTES = 1_024;

export interface OutgoingMessage {
  readonly topic: string;
  /** Empty where the message needs no order. */
  readonly orderingKey: string;
  /** A `PubsubMessage`, encoded once for all tries. */
  readonly bytes: Buffer;
}

/**
 * A record as a message. What Pub/Sub cannot carry (bytes as a key, repeated headers, a value that is null) is refused:
 * dropped or changed, it would be another record, and a re-drive would say otherwise.
 * @throws SluiceError `invalid-data`, `too-large`
 */
export function outgoingMessage({ topic, key, value, headers }: OutgoingRecord): OutgoingMessage {
  if (value === null) {
    throw new SluiceError('invalid-data', 'a message must have a value, got none (null)');
  }
  const attributes = attributesOf(headers);
  if (value.length === 0 && headers.length === 0) {
    throw new SluiceError('invalid-data', 'a message must have a value or a header, got neither');
  }
  const orderingKey = orderingKeyOf(key, attributes[ID_ATTRIBUTE]);
  const bytes = Buffer.from(PubsubMessage.encode({ data: value, attributes, orderingKey }).finish());
  return { topic, orderingKey, bytes };
}

/**
 * None where the key is the command id: each such key is used once, so that there is no order to keep, and the client would
 * send every message in a request of its own.
 */
function orderingKeyOf(key: string | Buffer, commandId: string | undefined): string {
  const text = typeof key === 'string' ? key : utf8Text(key);
  if (text === undefined) {
    throw new SluiceError('invalid-data', 'an ordering key must be a UTF-8 text, got other bytes as the key');
  }
  if (text === commandId) return '';
  requireLength(`the ordering key (the record's key, which is not its ${HEADER.id})`, text, MAX_KEY_BYTES);
  return text;
}
