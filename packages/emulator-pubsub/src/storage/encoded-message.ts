import { decodeMessage } from './message-codec.ts';
import type { NewMessage, StoredMessage } from './storage.ts';

/** A message as its bytes; most are sent on without anybody looking into them. */
export class EncodedMessage implements StoredMessage {
  readonly offset: number;
  readonly messageId: string;
  readonly publishTimeUs: number;
  readonly encoded: Buffer;
  #content: NewMessage | undefined;

  constructor(offset: number, messageId: string, publishTimeUs: number, encoded: Buffer) {
    this.offset = offset;
    this.messageId = messageId;
    this.publishTimeUs = publishTimeUs;
    this.encoded = encoded;
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
