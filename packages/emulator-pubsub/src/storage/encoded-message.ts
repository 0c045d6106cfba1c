import { decodeMessage } from './message-codec.ts';
import { messageIdOf } from './message-ids.ts';
import type { NewMessage, StoredMessage } from './storage.ts';

/** A message as its bytes; most are sent on without anybody looking into them. */
export class EncodedMessage implements StoredMessage {
  readonly offset: number;
  readonly publishTimeUs: number;
  readonly encoded: Buffer;
  readonly #serial: number;
  #content: NewMessage | undefined;

  constructor(serial: number, offset: number, publishTimeUs: number, encoded: Buffer) {
    this.offset = offset;
    this.publishTimeUs = publishTimeUs;
    this.encoded = encoded;
    this.#serial = serial;
  }

  get messageId(): string {
    return messageIdOf(this.#serial, this.offset);
  }

  get data(): Buffer {
    return this.#decoded.data;
  }

  get attributes(): Readonly<Record<string, string>> {
    return this.#decoded.attributes;
  }

  get orderingKey(): string {
    return this.#decoded.orderingKey;
  }

  get #decoded(): NewMessage {
    this.#content ??= decodeMessage(this.encoded);
    return this.#content;
  }
}
