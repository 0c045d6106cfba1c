import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { varintBytes, writeVarint } from '../varint.ts';
import { encoded, pubsub } from './protos.ts';
import { RpcError } from './rpc-error.ts';
import { statusDetails } from './status-details.ts';
import { FieldScan, field, fieldsOf, numberField } from './wire.ts';

test('a number is read as it was written, in as many bytes as it was said to take', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (value) => {
      const bytes = Buffer.alloc(10);
      const end = writeVarint(bytes, 0, value);
      assert.equal(end, varintBytes(value));
      if (value < 2 ** 31) {
        const read = pubsub.PullRequest.decode(Buffer.concat([Buffer.from([3 << 3]), bytes.subarray(0, end)]));
        assert.equal(read.maxMessages, value);
      }
    }),
  );
});

test('the fields of a message are those that the library wrote, whole and in order', () => {
  const message = encoded(pubsub.Subscription, { name: 'n', topic: 't', ackDeadlineSeconds: 600, labels: { a: 'b' } });
  const fields = [...fieldsOf(message)];
  assert.deepEqual(
    fields.map(({ number }) => number),
    [1, 2, 5, 9],
  );
  assert.deepEqual(Buffer.concat(fields.map(({ raw }) => raw)), message);
  assert.equal(fields[0]?.content.toString(), 'n');
});

test('a scan finds the same fields, and stops where they are no message', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (drawn) => {
      const bytes = Buffer.from(drawn);
      const found: (readonly [number, Buffer])[] = [];
      const scan = new FieldScan(bytes);
      while (scan.next()) found.push([scan.number, bytes.subarray(scan.from, scan.to)]);
      let index = 0;
      try {
        for (const { number, content } of fieldsOf(bytes)) {
          assert.equal(found[index]?.[0], number);
          if (content.length > 0) assert.deepEqual(found[index]?.[1], content);
          index += 1;
        }
        assert.equal(found.length, index);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }),
    { numRuns: 1_000 },
  );
});

test('bytes of any kind are fields, or refused; what is read is what was there', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (drawn) => {
      const bytes = Buffer.from(drawn);
      try {
        assert.deepEqual(Buffer.concat([...fieldsOf(bytes)].map(({ raw }) => raw)), bytes);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
  );
});

test('a status has details where there are reasons, as the clients read them, and no more than a header holds', () => {
  assert.equal(statusDetails(new RpcError('NOT_FOUND', 'x')), undefined);
  const reasons = new Map(
    Array.from({ length: 1000 }, (_, index) => [`id-${index}`, 'PERMANENT_FAILURE_INVALID_ACK_ID']),
  );
  const status = statusDetails(new RpcError('INVALID_ARGUMENT', 'x', reasons)) ?? Buffer.alloc(0);
  assert.ok(status.length < 6_000);
  const [code, message, details] = [...fieldsOf(status)];
  assert.deepEqual(code?.raw, numberField(1, 3));
  assert.deepEqual(message?.raw, field(2, 'x'));
  const [type, info] = [...fieldsOf(details?.content ?? Buffer.alloc(0))];
  assert.equal(type?.content.toString(), 'type.googleapis.com/google.rpc.ErrorInfo');
  const entries = [...fieldsOf(info?.content ?? Buffer.alloc(0))].filter(({ number }) => number === 3);
  assert.equal(entries[0]?.content.toString('latin1'), '\n\x04id-0\x12\x20PERMANENT_FAILURE_INVALID_ACK_ID');
});
