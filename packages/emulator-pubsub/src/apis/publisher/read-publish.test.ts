import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encoded, pubsub } from '../../grpc/protos.ts';
import { decodeMessage } from '../../storage/message-codec.ts';
import { topicName } from '../../testing/emulator.ts';
import { checkMessages } from './check-messages.ts';
import { type PlainPublish, readPublish } from './read-publish.ts';

const topic = topicName('orders');

const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 20 }));
const plainKey = fc.oneof(
  text.filter((key) => key !== '' && !/^goog/i.test(key)),
  fc.constantFrom('__proto__', 'k'.repeat(256), 'ü'.repeat(128), 'goo', '1'),
);
const plainValue = fc.oneof(text, fc.constantFrom('', 'x'.repeat(1024), 'ü'.repeat(512)));
const orderingKey = fc.oneof(text, fc.constantFrom('', 'k'.repeat(1024)));
const data = fc
  .oneof(fc.uint8Array({ maxLength: 30 }), fc.uint8Array({ minLength: 120, maxLength: 140 }))
  .map((bytes) => Buffer.from(bytes));
const plainMessage = fc
  .record({ data, attributes: fc.dictionary(plainKey, plainValue, { maxKeys: 16, noNullPrototype: true }) })
  .filter((message) => message.data.length > 0 || Object.keys(message.attributes).length > 0);
const plainRequest = fc
  .tuple(fc.array(plainMessage, { minLength: 1, maxLength: 5 }), orderingKey)
  .map(([messages, key]) => ({ topic, messages: messages.map((each) => ({ ...each, orderingKey: key })) }));

/** What protobufjs leaves out of a message that says nothing of it. */
const encodedRequest = ({ messages, ...rest }: { topic: string; messages: Partial<Message>[] }): Buffer =>
  encoded(pubsub.PublishRequest, {
    ...rest,
    messages: messages.map((message) => ({
      ...(message.data?.length ? { data: message.data } : {}),
      attributes: message.attributes ?? {},
      ...(message.orderingKey ? { orderingKey: message.orderingKey } : {}),
    })),
  });

interface Message {
  data: Buffer;
  attributes: Record<string, string>;
  orderingKey: string;
}

/** What is stored of each message, taken apart where id and time come in. */
function partsOf({ messages: { bytes, spans } }: PlainPublish) {
  return Array.from({ length: spans.length / 3 }, (_, index) => {
    const [start = 0, middle = 0, end = 0] = spans.slice(3 * index);
    return { content: decodeMessage(bytes.subarray(start, middle)), key: decodeMessage(bytes.subarray(middle, end)) };
  });
}

/** That whoever decodes and checks the request comes to the same. */
function holdAgainstDecoded(plain: PlainPublish, bytes: Buffer): void {
  const decoded = pubsub.PublishRequest.decode(bytes);
  checkMessages(decoded.messages);
  assert.equal(plain.topic, decoded.topic);
  assert.deepEqual(
    partsOf(plain),
    decoded.messages.map((message) => ({
      content: {
        data: Buffer.from(message.data as Uint8Array),
        attributes: { ...message.attributes },
        orderingKey: '',
      },
      key: { data: Buffer.alloc(0), attributes: {}, orderingKey: message.orderingKey },
    })),
  );
}

test('what a client sends within the limits is read without decoding, as what decoding it comes to', () => {
  fc.assert(
    fc.property(plainRequest, (request) => {
      const bytes = encodedRequest(request);
      const plain = readPublish(bytes);
      assert.ok(plain !== undefined);
      holdAgainstDecoded(plain, bytes);
    }),
    { numRuns: 300 },
  );
});

const mutation = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('set', 'insert', 'remove', 'double'),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x0a, 0x12, 0x1a, 0x2a, 0x80)),
});

function mutated(bytes: Buffer, mutations: readonly { at: number; kind: string; byte: number }[]): Buffer {
  const changed = [...bytes];
  for (const { at, kind, byte } of mutations) {
    const index = at % (changed.length + 1);
    if (kind === 'set') changed[index] = byte;
    else if (kind === 'insert') changed.splice(index, 0, byte);
    else if (kind === 'remove') changed.splice(index, 1);
    else changed.splice(index, 0, ...changed.slice(index, index + (byte % 16)));
  }
  return Buffer.from(changed);
}

test('of bytes of any kind nothing is read that decoding and checking would refuse, or read as something else', () => {
  fc.assert(
    fc.property(plainRequest, fc.array(mutation, { minLength: 1, maxLength: 3 }), (request, mutations) => {
      const bytes = mutated(encodedRequest(request), mutations);
      const plain = readPublish(bytes);
      if (plain !== undefined) holdAgainstDecoded(plain, bytes);
    }),
    { numRuns: 4_000 },
  );
});

const message = (...fields: readonly number[]): Buffer => Buffer.from([0x12, fields.length, ...fields]);
const entry = (key: string, value: string): number[] => [
  0x12,
  key.length + value.length + 4,
  ...[0x0a, key.length, ...Buffer.from(key, 'latin1')],
  ...[0x12, value.length, ...Buffer.from(value, 'latin1')],
];
const head = encoded(pubsub.PublishRequest, { topic });
const DATA = [0x0a, 1, 0x61];

const unusual: Readonly<Record<string, Buffer>> = {
  'no message': head,
  'no topic': message(...DATA),
  'the topic behind': Buffer.concat([message(...DATA), head]),
  'the topic twice': Buffer.concat([head, head, message(...DATA)]),
  'a topic that is no UTF-8': Buffer.concat([Buffer.from([0x0a, 1, 0xff]), message(...DATA)]),
  'a field that nobody knows': Buffer.concat([head, message(...DATA), Buffer.from([0x18, 1])]),
  'an empty message': Buffer.concat([head, message()]),
  'empty data': Buffer.concat([head, message(0x0a, 0)]),
  'data twice': Buffer.concat([head, message(...DATA, ...DATA)]),
  'data as a number': Buffer.concat([head, message(0x08, 1)]),
  'data beyond its message': Buffer.concat([head, message(0x0a, 2, 0x61), message(...DATA)]),
  'a length in more bytes than it takes': Buffer.concat([head, message(0x0a, 0x81, 0, 0x61)]),
  'a length of 28 bits and more': Buffer.concat([head, message(0x0a, 0x81, 0x80, 0x80, 0x80, 0, 0x61)]),
  'an id': Buffer.concat([head, message(...DATA, 0x1a, 1, 0x31)]),
  'a time': Buffer.concat([head, message(...DATA, 0x22, 0)]),
  'a key behind the ordering key': Buffer.concat([head, message(...DATA, 0x2a, 1, 0x61, ...entry('a', 'b'))]),
  'an empty ordering key': Buffer.concat([head, message(...DATA, 0x2a, 0)]),
  'an ordering key that is no UTF-8': Buffer.concat([head, message(...DATA, 0x2a, 1, 0xff)]),
  'two ordering keys': Buffer.concat([head, message(...DATA, 0x2a, 1, 0x61), message(...DATA, 0x2a, 1, 0x62)]),
  'one with an ordering key': Buffer.concat([head, message(...DATA), message(...DATA, 0x2a, 1, 0x62)]),
  'one without an ordering key': Buffer.concat([head, message(...DATA, 0x2a, 1, 0x62), message(...DATA)]),
  'an ordering key alone': Buffer.concat([head, message(0x2a, 1, 0x61)]),
  'a key twice': Buffer.concat([head, message(...entry('a', '1'), ...entry('b', '1'), ...entry('a', '2'))]),
  'an empty key': Buffer.concat([head, message(...entry('', '1'))]),
  'a reserved key': Buffer.concat([head, message(...entry('gOOg', '1'))]),
  'a key that is no UTF-8': Buffer.concat([head, message(...entry('\xff', '1'))]),
  'a value that is no UTF-8': Buffer.concat([head, message(...entry('a', '\xc3'))]),
  'an entry without a value': Buffer.concat([head, message(0x12, 3, 0x0a, 1, 0x61)]),
  'an entry without a key': Buffer.concat([head, message(0x12, 3, 0x12, 1, 0x61)]),
  'an entry with more': Buffer.concat([head, message(0x12, 8, ...entry('a', 'b').slice(2), 0x18, 1)]),
  'a long key': encodedRequest({ topic, messages: [{ attributes: { ['k'.repeat(257)]: 'x' } }] }),
  'a long value': encodedRequest({ topic, messages: [{ attributes: { k: 'x'.repeat(1025) } }] }),
  'a long ordering key': encodedRequest({
    topic,
    messages: [{ data: Buffer.from('a'), orderingKey: 'k'.repeat(1025) }],
  }),
  'many attributes': encodedRequest({
    topic,
    messages: [{ attributes: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, ''])) }],
  }),
  'many messages': encodedRequest({ topic, messages: Array(1001).fill({ data: Buffer.from('a') }) }),
};

test('what is encoded otherwise, or breaks a limit, is left to those who decode', () => {
  assert.ok(readPublish(Buffer.concat([head, message(...DATA, ...entry('a', 'b'), 0x2a, 1, 0x61)])) !== undefined);
  assert.ok(
    readPublish(encodedRequest({ topic, messages: Array(1000).fill({ data: Buffer.from('a') }) })) !== undefined,
  );
  for (const [what, bytes] of Object.entries(unusual)) assert.equal(readPublish(bytes), undefined, what);
});
