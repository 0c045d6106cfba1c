import type { protos } from '@google-cloud/pubsub';
import type { BrokerRecord, HeaderNames, RecordHeader, RecordPosition } from '@sluice/core';
import { type Attributes, headersOf, headerText, ID_ATTRIBUTE } from '../headers.ts';

export type PubsubMessage = protos.google.pubsub.v1.IPubsubMessage;

const NO_BYTES = Buffer.alloc(0);
const NO_ATTRIBUTES: Attributes = {};

/** A message as a record. A projection asks for its value and three headers, so that the rest is made when it is asked for. */
export class ReceivedMessage implements BrokerRecord {
  readonly topic: string;
  readonly position: RecordPosition;
  readonly value: Buffer;
  readonly #orderingKey: string;
  readonly #attributes: Attributes;
  readonly #publishTime: PubsubMessage['publishTime'];

  constructor(topic: string, { messageId, data, orderingKey, attributes, publishTime }: PubsubMessage) {
    this.topic = topic;
    this.position = { kind: 'message', messageId: messageId ?? '' };
    this.value = bufferOf(data);
    this.#orderingKey = orderingKey ?? '';
    this.#attributes = attributes ?? NO_ATTRIBUTES;
    this.#publishTime = publishTime;
  }

  get timestampMs(): number {
    const { seconds, nanos } = this.#publishTime ?? {};
    return Number(seconds ?? 0) * 1_000 + Math.floor((nanos ?? 0) / 1_000_000);
  }

  /** A message whose key is its command id was sent without an ordering key. */
  get key(): Buffer | null {
    const key = this.#orderingKey || headerText(this.#attributes, ID_ATTRIBUTE);
    return key === undefined ? null : Buffer.from(key);
  }

  get headers(): readonly RecordHeader[] {
    return headersOf(this.#attributes);
  }

  headerTexts(names: HeaderNames): readonly (string | undefined)[] {
    return names.map((name) => headerText(this.#attributes, name));
  }
}

function bufferOf(data: PubsubMessage['data']): Buffer {
  if (data === null || data === undefined) return NO_BYTES;
  if (typeof data === 'string') return Buffer.from(data, 'base64');
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
