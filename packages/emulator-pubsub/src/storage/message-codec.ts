import { VarintReader, varintBytes, writeVarint } from '../varint.ts';
import type { EncodedMessages, NewMessage } from './storage.ts';

/**
 * google.pubsub.v1.PubsubMessage on the wire, by hand, since every message passes here; fields that are empty are left
 * out, as proto3 has it:
 *
 *     data 1 bytes, attributes 2 map (key 1, value 2), message_id 3 string, publish_time 4 (seconds 1, nanos 2),
 *     ordering_key 5 string
 */
const DATA = 0x0a;
const ATTRIBUTE = 0x12;
const MESSAGE_ID = 0x1a;
const PUBLISH_TIME = 0x22;
const ORDERING_KEY = 0x2a;

const ENTRY_KEY = 0x0a;
const ENTRY_VALUE = 0x12;

const NOTHING = Buffer.alloc(0);

interface MeasuredAttribute {
  readonly key: string;
  readonly keyBytes: number;
  readonly value: string;
  readonly valueBytes: number;
  readonly entryBytes: number;
}

/** A message and how long it gets; what that costs to find out is kept for the writing. */
interface MeasuredMessage {
  readonly message: NewMessage;
  readonly attributes: readonly MeasuredAttribute[];
  readonly orderingKeyBytes: number;
  readonly bytes: number;
}

/** Without id and time. */
export function encodeMessages(messages: readonly NewMessage[]): EncodedMessages {
  const measured = messages.map(measureMessage);
  const bytes = Buffer.allocUnsafe(measured.reduce((sum, each) => sum + each.bytes, 0));
  const spans: number[] = [];
  let at = 0;
  for (const each of measured) {
    const middle = writeContent(bytes, at, each);
    const end = writeOrderingKey(bytes, middle, each);
    spans.push(at, middle, end);
    at = end;
  }
  return { bytes, spans };
}

function measureMessage(message: NewMessage): MeasuredMessage {
  const attributes: MeasuredAttribute[] = [];
  const orderingKeyBytes = Buffer.byteLength(message.orderingKey);
  let bytes = fieldBytes(message.data.length) + fieldBytes(orderingKeyBytes);
  for (const key of Object.keys(message.attributes)) {
    const value = message.attributes[key] ?? '';
    const keyBytes = Buffer.byteLength(key);
    const valueBytes = Buffer.byteLength(value);
    const entryBytes = requiredFieldBytes(keyBytes) + requiredFieldBytes(valueBytes);
    attributes.push({ key, keyBytes, value, valueBytes, entryBytes });
    bytes += requiredFieldBytes(entryBytes);
  }
  return { message, attributes, orderingKeyBytes, bytes };
}

/** The field of the publish time, the same for all messages of a publish. */
export function encodePublishTime(publishTimeUs: number): Buffer {
  const seconds = Math.floor(publishTimeUs / 1_000_000);
  const nanos = (publishTimeUs - seconds * 1_000_000) * 1000;
  const timestampBytes = 1 + varintBytes(seconds) + (nanos > 0 ? 1 + varintBytes(nanos) : 0);
  const field = Buffer.allocUnsafe(2 + timestampBytes);
  field[0] = PUBLISH_TIME;
  field[1] = timestampBytes;
  field[2] = 0x08;
  const end = writeVarint(field, 3, seconds);
  if (nanos > 0) {
    field[end] = 0x10;
    writeVarint(field, end + 1, nanos);
  }
  return field;
}

export const idFieldBytes = (idBytes: number): number => requiredFieldBytes(idBytes);

/** @returns where the digits begin. */
export const writeIdHead = (target: Buffer, at: number, idBytes: number): number =>
  writeHead(target, at, MESSAGE_ID, idBytes);

/** @returns the position behind data and attributes. */
function writeContent(target: Buffer, start: number, { message: { data }, attributes }: MeasuredMessage): number {
  let at = start;
  if (data.length > 0) {
    at = writeHead(target, at, DATA, data.length);
    target.set(data, at);
    at += data.length;
  }
  for (const { key, keyBytes, value, valueBytes, entryBytes } of attributes) {
    at = writeHead(target, at, ATTRIBUTE, entryBytes);
    at = writeText(target, at, ENTRY_KEY, key, keyBytes);
    at = writeText(target, at, ENTRY_VALUE, value, valueBytes);
  }
  return at;
}

function writeOrderingKey(target: Buffer, at: number, { message, orderingKeyBytes }: MeasuredMessage): number {
  return orderingKeyBytes > 0 ? writeText(target, at, ORDERING_KEY, message.orderingKey, orderingKeyBytes) : at;
}

/** Of a message as it is stored. The data's memory is that of `encoded`. */
export function decodeMessage(encoded: Buffer): NewMessage {
  const reader = new VarintReader(encoded);
  const attributes: Record<string, string> = {};
  let data: Buffer = NOTHING;
  let orderingKey = '';
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const field = reader.take(reader.varint());
    if (tag === DATA) data = field;
    else if (tag === ATTRIBUTE) decodeAttribute(field, attributes);
    else if (tag === ORDERING_KEY) orderingKey = field.toString();
  }
  return { data, attributes, orderingKey };
}

function decodeAttribute(entry: Buffer, attributes: Record<string, string>): void {
  const reader = new VarintReader(entry);
  reader.at += 1;
  const key = reader.take(reader.varint()).toString();
  reader.at += 1;
  const value = reader.take(reader.varint()).toString();
  // Assigned, this one would be the object's prototype.
  if (key === '__proto__') Object.defineProperty(attributes, key, { value, enumerable: true });
  else attributes[key] = value;
}

function fieldBytes(length: number): number {
  return length === 0 ? 0 : requiredFieldBytes(length);
}

function requiredFieldBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

function writeHead(target: Buffer, at: number, tag: number, length: number): number {
  target[at] = tag;
  return writeVarint(target, at + 1, length);
}

function writeText(target: Buffer, at: number, tag: number, text: string, bytes: number): number {
  const start = writeHead(target, at, tag, bytes);
  // What is as long in bytes as in characters is ASCII, which is written faster so.
  target.write(text, start, bytes, bytes === text.length ? 'latin1' : 'utf8');
  return start + bytes;
}
