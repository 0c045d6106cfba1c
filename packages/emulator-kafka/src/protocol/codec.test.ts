import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Reader } from './reader.ts';
import { MalformedFrameError } from './types.ts';
import { Writer } from './writer.ts';

/** One value of each primitive type: what is written, and how it is read back. */
type Field =
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'int8' | 'int16' | 'int32' | 'int64' | 'varint' | 'varlong'; readonly value: number }
  | { readonly type: 'unsignedVarint'; readonly value: number }
  | { readonly type: 'string' | 'uuid'; readonly value: string }
  | { readonly type: 'nullableString'; readonly value: string | null }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'nullableBytes'; readonly value: Uint8Array | null }
  | { readonly type: 'array'; readonly value: readonly string[] }
  | { readonly type: 'nullableArray'; readonly value: readonly number[] | null };

const signed = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const safe = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const text = fc.string({ unit: 'grapheme', maxLength: 40 });

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('int8' as const), value: signed(8) }),
  fc.record({ type: fc.constant('int16' as const), value: signed(16) }),
  fc.record({ type: fc.constantFrom('int32' as const, 'varint' as const), value: signed(32) }),
  fc.record({ type: fc.constantFrom('int64' as const, 'varlong' as const), value: safe }),
  fc.record({ type: fc.constant('unsignedVarint' as const), value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
  fc.record({ type: fc.constant('string' as const), value: text }),
  fc.record({ type: fc.constant('uuid' as const), value: fc.uuid() }),
  fc.record({ type: fc.constant('nullableString' as const), value: fc.option(text) }),
  fc.record({ type: fc.constant('bytes' as const), value: fc.uint8Array() }),
  fc.record({ type: fc.constant('nullableBytes' as const), value: fc.option(fc.uint8Array()) }),
  fc.record({ type: fc.constant('array' as const), value: fc.array(text) }),
  fc.record({ type: fc.constant('nullableArray' as const), value: fc.option(fc.array(signed(32))) }),
);

function write(writer: Writer, { type, value }: Field): void {
  switch (type) {
    case 'boolean':
      writer.boolean(value);
      break;
    case 'string':
    case 'uuid':
      writer[type](value);
      break;
    case 'nullableString':
      writer.nullableString(value);
      break;
    case 'bytes':
      writer.bytes(value);
      break;
    case 'nullableBytes':
      writer.nullableBytes(value);
      break;
    case 'array':
      writer.array(value, (element) => writer.string(element));
      break;
    case 'nullableArray':
      writer.nullableArray(value, (element) => writer.int32(element));
      break;
    default:
      writer[type](value);
  }
}

function read(reader: Reader, { type }: Field): unknown {
  switch (type) {
    case 'array':
      return reader.array(() => reader.string());
    case 'nullableArray':
      return reader.nullableArray(() => reader.int32());
    default:
      return reader[type]();
  }
}

function encode(fields: readonly Field[], flexible: boolean): Buffer {
  const writer = new Writer(1);
  writer.flexible = flexible;
  for (const each of fields) write(writer, each);
  writer.tags();
  const { length } = writer;
  const bytes = Buffer.concat(writer.finish());
  assert.equal(bytes.length, length);
  return bytes;
}

function decode(bytes: Buffer, fields: readonly Field[], flexible: boolean): unknown[] {
  const reader = new Reader(bytes);
  reader.flexible = flexible;
  const values = fields.map((each) => read(reader, each));
  reader.tags();
  assert.equal(reader.remaining, 0);
  return values;
}

const plain = (value: unknown): unknown => (value instanceof Uint8Array ? [...value] : value);

test('what is written is read back, in both encodings', () => {
  fc.assert(
    fc.property(fc.array(field), fc.boolean(), (fields, flexible) => {
      const values = decode(encode(fields, flexible), fields, flexible);
      assert.deepEqual(
        values.map(plain),
        fields.map(({ value }) => plain(value)),
      );
    }),
  );
});

test('a message that ends early is malformed, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 5 }), fc.boolean(), (fields, flexible) => {
      const bytes = encode(fields, flexible);
      for (let length = 0; length < bytes.length; length += 1) {
        const cut = Buffer.concat([bytes.subarray(0, length)]);
        assert.throws(() => decode(cut, fields, flexible), MalformedFrameError);
      }
    }),
    { numRuns: 50 },
  );
});

test('random bytes are either a message or malformed, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(field), fc.boolean(), (garbage, fields, flexible) => {
      const reader = new Reader(Buffer.from(garbage));
      reader.flexible = flexible;
      try {
        for (const each of fields) read(reader, each);
        reader.tags();
      } catch (error) {
        assert.ok(error instanceof MalformedFrameError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('a length beyond the rest of the frame is refused before anything is allocated for it', () => {
  const huge = Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0]);
  assert.throws(() => new Reader(huge).bytes(), MalformedFrameError);
  assert.throws(() => new Reader(huge).array(() => assert.fail('no element is read')), MalformedFrameError);
  const many = Buffer.from([0, 0, 3, 0xe8, 0, 0, 0, 0]);
  assert.throws(() => new Reader(many).array(() => assert.fail('no element is read')), MalformedFrameError);
  const compact = new Reader(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]));
  compact.flexible = true;
  assert.throws(() => compact.array(() => assert.fail('no element is read')), MalformedFrameError);
});

test('the elements of all arrays of a request are limited together', () => {
  const writer = new Writer();
  writer.int32(3);
  for (let each = 0; each < 3; each += 1) writer.bytes(Buffer.alloc(400_000));
  const reader = new Reader(Buffer.concat(writer.finish()));
  assert.throws(() => reader.array(() => reader.array(() => reader.int8())), /array .* has 400000 elements/);
});

test('null where none is allowed, and negative lengths, are malformed', () => {
  const minusOne = Buffer.from([0xff, 0xff, 0xff, 0xff]);
  const minusTwo = Buffer.from([0xff, 0xfe, 0xff, 0xfe]);
  for (const bytes of [minusOne, minusTwo]) {
    assert.throws(() => new Reader(bytes).string(), MalformedFrameError);
    assert.throws(() => new Reader(bytes).bytes(), MalformedFrameError);
    assert.throws(() => new Reader(bytes).array(() => 0), MalformedFrameError);
  }
  assert.throws(() => new Reader(minusTwo).nullableString(), MalformedFrameError);
});

test('an int64 that a number cannot hold is malformed, or the nearest that it can where only its size matters', () => {
  const largest = Buffer.from('7fffffffffffffff', 'hex');
  const smallest = Buffer.from('8000000000000000', 'hex');
  assert.throws(() => new Reader(largest).int64(), MalformedFrameError);
  assert.throws(() => new Reader(smallest).int64(), MalformedFrameError);
  assert.equal(new Reader(largest).int64Clamped(), Number.MAX_SAFE_INTEGER);
  assert.equal(new Reader(smallest).int64Clamped(), Number.MIN_SAFE_INTEGER);
});

test('varints longer than their type are malformed', () => {
  assert.throws(() => new Reader(Buffer.alloc(6, 0xff)).unsignedVarint(), MalformedFrameError);
  assert.throws(() => new Reader(Buffer.from('ffffffff1f', 'hex')).unsignedVarint(), MalformedFrameError);
  assert.throws(() => new Reader(Buffer.alloc(11, 0xff)).varlong(), MalformedFrameError);
});

test('tagged fields reach whoever knows them, others are skipped', () => {
  const writer = new Writer();
  writer.flexible = true;
  writer.tags([
    { tag: 0, write: (to) => to.string('known') },
    { tag: 7, write: (to) => to.int64(1) },
  ]);
  writer.int8(42);
  const reader = new Reader(Buffer.concat(writer.finish()));
  reader.flexible = true;
  const seen: string[] = [];
  reader.tags((tag, value) => {
    if (tag === 0) seen.push(value.string());
  });
  assert.deepEqual(seen, ['known']);
  assert.equal(reader.int8(), 42);
});

test('a large record set is passed on without a copy, a small one beside the rest', () => {
  const large = Buffer.alloc(10_000, 1);
  const writer = new Writer(1);
  writer.int32(1);
  writer.records(Buffer.from([9]));
  writer.records(large);
  writer.int32(2);
  const pieces = writer.finish();
  assert.equal(pieces.length, 3);
  assert.equal(pieces[1], large);
  assert.equal(
    Buffer.concat(pieces).toString('hex'),
    `000000010000000109${(10_000).toString(16).padStart(8, '0')}${'01'.repeat(10_000)}00000002`,
  );
});
