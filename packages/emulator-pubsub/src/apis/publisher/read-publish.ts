import { isUtf8 } from 'node:buffer';
import type { EncodedMessages } from '../../storage/storage.ts';
import { MAX_KEY_BYTES, MAX_MESSAGES, MAX_ORDERING_KEY_BYTES, MAX_VALUE_BYTES } from './limits.ts';

/** What a request says whose messages can be stored as they are encoded. */
export interface PlainPublish {
  readonly topic: string;
  readonly messages: EncodedMessages;
}

/*
 * PublishRequest     topic string = 1, messages repeated PubsubMessage = 2
 * PubsubMessage      data bytes = 1, attributes map<string, string> = 2, ordering_key string = 5
 * an entry of a map  key = 1, value = 2
 */
const TOPIC = 0x0a;
const MESSAGE = 0x12;
const DATA = 0x0a;
const ATTRIBUTE = 0x12;
const ORDERING_KEY = 0x2a;
const ENTRY_KEY = 0x0a;
const ENTRY_VALUE = 0x12;

/** Each key is compared with all before it. */
const MOST_ATTRIBUTES = 16;

/**
 * Reads a request that is encoded as every client's library does it (each field at most once, none empty, in the order of
 * their numbers) and whose messages break no rule. Nothing is decoded but the topic's name: that, and to encode anew what
 * came encoded, is half of what a message cost.
 *
 * Undefined for all else, which says nothing of whether it is good: it has to be decoded and checked.
 */
export function readPublish(bytes: Buffer): PlainPublish | undefined {
  const reader = new Reader(bytes);
  const topicBytes = reader.enter(TOPIC, bytes.length);
  if (topicBytes < 1 || !reader.isText(topicBytes)) return undefined;
  const topic = bytes.toString('utf8', reader.at, reader.at + topicBytes);
  reader.at += topicBytes;
  const spans: number[] = [];
  while (reader.at < bytes.length) {
    const length = reader.enter(MESSAGE, bytes.length);
    if (length < 1 || spans.length === 3 * MAX_MESSAGES) return undefined;
    const end = reader.at + length;
    spans.push(reader.at);
    if (!reader.skipContent(end)) return undefined;
    spans.push(reader.at);
    if (!reader.skipOrderingKey(end)) return undefined;
    spans.push(end);
  }
  return spans.length === 0 ? undefined : { topic, messages: { bytes, spans } };
}

class Reader {
  readonly bytes: Buffer;
  at = 0;
  /** Where the keys of the message's attributes begin, and how long they are, by turns. */
  readonly #keys: number[] = [];
  /** Of the first message; all others' has to be the same. -1 before that, 0 bytes where it has none. */
  #orderingKeyAt = 0;
  #orderingKeyBytes = -1;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Goes to what the field has in it, and answers how long that is; -1 where there is no such field, whole and before `end`. */
  enter(tag: number, end: number): number {
    const { bytes } = this;
    if (this.at >= end || bytes[this.at] !== tag) return -1;
    let length = 0;
    for (let at = this.at + 1, shift = 0; shift < 28 && at < end; at += 1, shift += 7) {
      const byte = bytes[at] as number;
      length |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      // A number may be written in more bytes than it takes. Nobody does.
      if ((byte === 0 && shift > 0) || at + 1 + length > end) return -1;
      this.at = at + 1;
      return length;
    }
    return -1;
  }

  /** Goes past data and attributes. False where there are neither, or they are not as they should be. */
  skipContent(end: number): boolean {
    const start = this.at;
    if (this.bytes[start] === DATA) {
      const length = this.enter(DATA, end);
      if (length < 1) return false;
      this.at += length;
    }
    this.#keys.length = 0;
    while (this.at < end && this.bytes[this.at] === ATTRIBUTE) if (!this.#skipAttribute(end)) return false;
    return this.at > start;
  }

  #skipAttribute(limit: number): boolean {
    const length = this.enter(ATTRIBUTE, limit);
    if (length < 0 || this.#keys.length === 2 * MOST_ATTRIBUTES) return false;
    const end = this.at + length;
    const keyBytes = this.enter(ENTRY_KEY, end);
    if (keyBytes < 1 || keyBytes > MAX_KEY_BYTES || !this.isText(keyBytes)) return false;
    if (this.#beginsWithGoog(keyBytes) || this.#isKnownKey(keyBytes)) return false;
    this.#keys.push(this.at, keyBytes);
    this.at += keyBytes;
    const valueBytes = this.enter(ENTRY_VALUE, end);
    if (valueBytes < 0 || valueBytes > MAX_VALUE_BYTES || !this.isText(valueBytes)) return false;
    this.at += valueBytes;
    return this.at === end;
  }

  /** To the end of the message. */
  skipOrderingKey(end: number): boolean {
    let length = 0;
    if (this.at < end) {
      length = this.enter(ORDERING_KEY, end);
      if (length < 1 || length > MAX_ORDERING_KEY_BYTES || this.at + length !== end) return false;
    }
    const isFirst = this.#orderingKeyBytes < 0;
    if (isFirst) {
      if (!this.isText(length)) return false;
      this.#orderingKeyAt = this.at;
      this.#orderingKeyBytes = length;
    } else if (!this.#isSame(this.#orderingKeyAt, this.#orderingKeyBytes, length)) return false;
    this.at = end;
    return true;
  }

  /** Whether so many bytes from here on are UTF-8. */
  isText(length: number): boolean {
    const { bytes, at } = this;
    const end = at + length;
    for (let index = at; index < end; index += 1) {
      if ((bytes[index] as number) >= 0x80) return isUtf8(bytes.subarray(index, end));
    }
    return true;
  }

  /** Most such keys are refused. */
  #beginsWithGoog(length: number): boolean {
    const { bytes, at } = this;
    return length >= 4 && bytes.toString('latin1', at, at + 4).toLowerCase() === 'goog';
  }

  #isKnownKey(length: number): boolean {
    const keys = this.#keys;
    for (let index = 0; index < keys.length; index += 2) {
      if (this.#isSame(keys[index] as number, keys[index + 1] as number, length)) return true;
    }
    return false;
  }

  /** Whether so many bytes from here on are those there. */
  #isSame(thereAt: number, thereBytes: number, length: number): boolean {
    if (thereBytes !== length) return false;
    const { bytes, at } = this;
    for (let index = 0; index < length; index += 1) {
      if (bytes[thereAt + index] !== bytes[at + index]) return false;
    }
    return true;
  }
}
