import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { type BrokerRecord, type NewRecord, type OutgoingRecord, SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { compress } from 'snappyjs';
import { endOfSet, readRecords } from './record-reader.ts';
import { type EncodedRecord, encodeBody, mostBatchBytes, writeBatch } from './record-writer.ts';
import { Cursor, varintSize, writeVarint } from './varint.ts';

const PLACE = { topic: 'topic', partition: 3 };
const STAMP = { producerId: 7n, producerEpoch: 1, baseSequence: 5 };

interface Stamped extends NewRecord {
  readonly timestampMs: number;
}

/** A batch as the broker stores it: with its place in the log. */
function batchOf(records: readonly Stamped[], baseOffset = 0): Buffer {
  const encoded = records.map((record) => ({ body: encodeBody(record), timestampMs: record.timestampMs }));
  const bytes = written(encoded);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  return bytes;
}

function written(encoded: readonly EncodedRecord[]): Buffer {
  const room = Buffer.alloc(mostBatchBytes(encoded));
  return room.subarray(0, writeBatch(room, 0, encoded, STAMP));
}

/** Changes a batch and makes its checksum fit again. */
function changed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(batch);
  change(copy);
  copy.writeUInt32BE(crc32c(copy.subarray(21)), 17);
  return copy;
}

function read(bytes: Buffer, from = 0, aborted: { producerId: bigint; firstOffset: number }[] = []): BrokerRecord[] {
  const records: BrokerRecord[] = [];
  readRecords({ ...PLACE, bytes, aborted }, from, records);
  return records;
}

const record = (value: string, timestampMs = 1_000): Stamped => ({
  topic: 'topic',
  key: 'k',
  value: Buffer.from(value),
  headers: [],
  timestampMs,
});

const values = (records: readonly BrokerRecord[]): string[] => records.map(({ value }) => String(value));

const anyRecord = fc.record({
  topic: fc.constant('topic'),
  key: fc.string({ unit: 'grapheme' }),
  value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  headers: fc.array(
    fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
      .map(([name, value]) => ({ name, value })),
  ),
  timestampMs: fc.integer({ min: 0, max: 2 ** 42 }),
});

/** Texts at both sides of where a length takes a second byte, ASCII and not. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 70 }),
  fc.string({ unit: 'grapheme', maxLength: 70 }),
  fc.constantFrom('a'.repeat(63), 'a'.repeat(64), 'é'.repeat(32), 'aé', 'éa', '\ud800'),
);

/** A record's body put together from its parts, each with its length before it. */
function bodyOfParts({ key, value, headers }: OutgoingRecord): Buffer {
  const varint = (number: number): Buffer => {
    const bytes = Buffer.alloc(varintSize(number));
    writeVarint(bytes, 0, number);
    return bytes;
  };
  const part = (field: string | Buffer | null): Buffer[] => {
    if (field === null) return [varint(-1)];
    const bytes = Buffer.from(field);
    return [varint(bytes.length), bytes];
  };
  const fields = headers.flatMap((header) => [header.name, header.value]);
  return Buffer.concat([...part(key), ...part(value), varint(headers.length), ...fields.flatMap(part)]);
}

/** An LZ4 frame of one block that is not compressed, without the sizes and checksums that need not be there. */
function storedLz4(bytes: Buffer): Buffer {
  const frame = Buffer.concat([Buffer.from('04224d1840400000000000', 'hex'), bytes, Buffer.alloc(4)]);
  frame.writeUInt32LE(0x80000000 + bytes.length, 7);
  return frame;
}

describe('encodeBody', () => {
  it('writes every part after its length in bytes, texts, bytes and nulls, however they are made', () => {
    const anyBytes = fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes));
    const anyKey = fc.oneof({ weight: 3, arbitrary: anyText }, anyBytes);
    const anyValue = fc.option(anyBytes, { freq: 5 });
    const anyHeaderValue = fc.oneof({ weight: 20, arbitrary: anyText }, fc.option(anyBytes));
    const anyHeaders = fc.array(fc.record({ name: anyText, value: anyHeaderValue }), { maxLength: 70 });
    fc.assert(
      fc.property(anyKey, anyValue, anyHeaders, (key, value, headers) => {
        const given = { topic: 'topic', key, value, headers };
        assert.deepEqual(encodeBody(given), bodyOfParts(given));
      }),
    );
  });

  it('writes many short texts, and a long one among them', () => {
    const headers = Array.from({ length: 64 }, (_, index) => ({ name: `name-${index}`, value: '' }));
    for (const count of [0, 9, 63, 64]) {
      const given = { ...record('value'), headers: headers.slice(0, count) };
      assert.deepEqual(encodeBody(given), bodyOfParts(given));
      const longer = { ...given, headers: [...given.headers.slice(1), { name: 'n', value: 'v'.repeat(64) }] };
      assert.deepEqual(encodeBody(longer), bodyOfParts(longer));
    }
  });
});

describe('record batches', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), fc.nat(2 ** 40), (records, baseOffset) => {
        const found = read(batchOf(records, baseOffset));
        assert.deepEqual(
          found.map(({ key, value, headers, timestampMs, position }) => ({
            key: String(key),
            value,
            timestampMs,
            position,
            headers: headers.map((header) => ({ name: header.name, value: String(header.value) })),
          })),
          records.map(({ key, value, headers, timestampMs }, index) => ({
            key,
            value,
            timestampMs,
            position: { kind: 'offset', partition: 3, offset: baseOffset + index },
            headers,
          })),
        );
      }),
    );
  });

  it('are read from an offset in the middle of one, and up to the last whole one', () => {
    const set = Buffer.concat([
      batchOf(['a', 'b'].map((v) => record(v))),
      batchOf(
        ['c', 'd'].map((v) => record(v)),
        2,
      ),
    ]);
    assert.deepEqual(values(read(set, 1)), ['b', 'c', 'd']);
    assert.deepEqual(values(read(set, 3)), ['d']);
    assert.equal(endOfSet(set), 4);
    for (let cut = 1; cut < 60; cut += 7) assert.deepEqual(values(read(set.subarray(0, set.length - cut))), ['a', 'b']);
    assert.equal(endOfSet(set.subarray(0, set.length - 1)), 2);
    assert.equal(endOfSet(set.subarray(0, 60)), undefined);
  });

  it('are read when other clients compressed them with gzip, snappy, lz4 or zstd', () => {
    const plain = batchOf(['a', 'b'].map((value) => record(value)));
    const compressed = (codec: number, pack: (bytes: Buffer) => Buffer): Buffer => {
      const all = Buffer.concat([plain.subarray(0, 61), pack(plain.subarray(61))]);
      return changed(all, (batch) => {
        batch.writeInt32BE(batch.length - 12, 8);
        batch.writeInt16BE(codec, 21);
      });
    };
    assert.deepEqual(values(read(compressed(1, gzipSync))), ['a', 'b']);
    assert.deepEqual(values(read(compressed(4, zstdCompressSync))), ['a', 'b']);
    assert.deepEqual(values(read(compressed(2, compress))), ['a', 'b']);
    assert.deepEqual(values(read(compressed(3, storedLz4))), ['a', 'b']);
  });

  it('have the broker’s time where it stamped them', () => {
    const batch = changed(batchOf([record('a', 1_000), record('b', 2_000)]), (bytes) => bytes.writeInt16BE(8, 21));
    assert.deepEqual(
      read(batch).map(({ timestampMs }) => timestampMs),
      [2_000, 2_000],
    );
  });

  it('do not show what belongs to a transaction that was given up, nor the markers', () => {
    const transactional = (value: string, offset: number, producerId: bigint): Buffer =>
      changed(batchOf([record(value)], offset), (batch) => {
        batch.writeInt16BE(16, 21);
        batch.writeBigInt64BE(producerId, 43);
      });
    const marker = (type: number, offset: number, producerId: bigint): Buffer => {
      // Key: version 0 and the type, 0 for an abort; no value, no headers.
      const body = Buffer.from([8, 0, 0, 0, type, 1, 0]);
      const encoded = [{ body, timestampMs: 1_000 }];
      const bytes = written(encoded);
      bytes.writeBigInt64BE(BigInt(offset), 0);
      return changed(bytes, (batch) => {
        batch.writeInt16BE(16 | 32, 21);
        batch.writeBigInt64BE(producerId, 43);
      });
    };
    const set = Buffer.concat([
      transactional('given up', 0, 1n),
      transactional('kept', 1, 2n),
      batchOf([record('plain')], 2),
      marker(0, 3, 1n),
      transactional('same producer, next transaction', 4, 1n),
      marker(1, 5, 2n),
    ]);
    const aborted = [{ producerId: 1n, firstOffset: 0 }];
    assert.deepEqual(values(read(set, 0, aborted)), ['kept', 'plain', 'same producer, next transaction']);
    assert.equal(endOfSet(set), 6);
  });

  it('are not read where a bit changed on the way', () => {
    const batch = batchOf([record('a'), record('b')]);
    for (let at = 21; at < batch.length; at++) {
      const damaged = Buffer.from(batch);
      damaged[at] = (damaged[at] ?? 0) ^ 4;
      assert.throws(() => read(damaged), SluiceError, `byte ${at}`);
    }
  });

  it('are not read in a format that Sluice does not know, nor at an offset that it cannot count', () => {
    const batch = batchOf([record('a')]);
    assert.throws(() => read(changed(batch, (bytes) => bytes.writeInt8(1, 16))), /format 1/);
    assert.throws(() => read(changed(batch, (bytes) => bytes.writeBigInt64BE(2n ** 53n, 0))), /9007199254740992/);
  });
});

describe('variable-length integers', () => {
  it('come back as they were written, in the size that was foretold', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), (value) => {
        const bytes = Buffer.alloc(10);
        assert.equal(writeVarint(bytes, 0, value), varintSize(value));
        const cursor = new Cursor(bytes);
        assert.equal(cursor.varint(), value);
        assert.equal(cursor.at, varintSize(value));
      }),
    );
  });

  it('have Kafka’s form', () => {
    const hex = (value: number): string => {
      const bytes = Buffer.alloc(varintSize(value));
      writeVarint(bytes, 0, value);
      return bytes.toString('hex');
    };
    assert.deepEqual([0, -1, 1, 63, -64, 64, -65, 8191, 2 ** 31 - 1].map(hex), [
      '00',
      '01',
      '02',
      '7e',
      '7f',
      '8001',
      '8101',
      'fe7f',
      'feffffff0f',
    ]);
  });

  it('refuse to be read beyond their end, or when they have none', () => {
    assert.throws(() => new Cursor(Buffer.from([0x80])).varint(), RangeError);
    assert.throws(() => new Cursor(Buffer.alloc(20, 0xff)).varint(), RangeError);
    assert.throws(() => new Cursor(Buffer.from([20, 1])).bytes(), RangeError);
  });
});
