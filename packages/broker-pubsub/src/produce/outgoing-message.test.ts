import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { protos } from '@google-cloud/pubsub';
import { type OutgoingRecord, SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { ReceivedMessage } from '../consume/received-message.ts';
import { outgoingMessage } from './outgoing-message.ts';
import { publishRequest } from './publish-request.ts';

const { PubsubMessage, PublishRequest } = protos.google.pubsub.v1;

const RECORD: OutgoingRecord = { topic: 't', key: 'k', value: Buffer.from('{}'), headers: [] };

const received = (record: OutgoingRecord): ReceivedMessage =>
  new ReceivedMessage(record.topic, PubsubMessage.decode(outgoingMessage(record).bytes));

const header = (name: string, value: string | Buffer | null) => ({ ...RECORD, headers: [{ name, value }] });

describe('a record as a message', () => {
  it('is the same record when it is received', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const names = fc.uniqueArray(
      text.filter((name) => name !== '' && !/^(goog|ce[-_])/.test(name)),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        text.filter((key) => key !== ''),
        fc.uint8Array({ minLength: 1 }),
        names,
        text,
        (key, value, own, filler) => {
          const headers = [...own, 'ce_id', 'ce_type'].map((name) => ({ name, value: `${name}${filler}` }));
          const record = received({ ...RECORD, key, value: Buffer.from(value), headers });
          assert.deepEqual([record.key, record.value], [Buffer.from(key), Buffer.from(value)]);
          assert.deepEqual(
            new Map(record.headers.map((each) => [each.name, String(each.value)])),
            new Map(headers.map((each) => [each.name, each.value])),
          );
          for (const { name, value: expected } of headers) assert.deepEqual(record.headerTexts([name]), [expected]);
        },
      ),
    );
  });

  it('has CloudEvents names', () => {
    const { headers } = {
      headers: [
        { name: 'ce_id', value: 'x' },
        { name: 'content-type', value: 'application/json' },
      ],
    };
    const message = PubsubMessage.decode(outgoingMessage({ ...RECORD, headers }).bytes);
    assert.deepEqual(message.attributes, { 'ce-id': 'x', 'content-type': 'application/json' });
  });

  it('has no ordering key where its key is its command id, which is its key all the same when it is received', () => {
    for (const key of ['an id', Buffer.from('an id')]) {
      const record = { ...header('ce_id', 'an id'), key };
      assert.equal(outgoingMessage(record).orderingKey, '');
      assert.equal(PubsubMessage.decode(outgoingMessage(record).bytes).orderingKey, '');
      assert.equal(String(received(record).key), 'an id');
    }
    assert.equal(outgoingMessage({ ...header('ce_id', 'an id'), key: 'another' }).orderingKey, 'another');
    assert.equal(received({ ...RECORD, key: '' }).key, null);
  });

  it('can be sent again as it was received, whatever attributes Google or another client gave it', () => {
    const attributes = { googclient_schemaencoding: 'JSON', 'ce-id': 'a', ce_id: 'b', ce_type: 't', own: 'x' };
    const { headers } = new ReceivedMessage('t', PubsubMessage.fromObject({ data: Buffer.from('{}'), attributes }));
    const { bytes } = outgoingMessage({ ...RECORD, headers });
    assert.deepEqual(PubsubMessage.decode(bytes).attributes, { 'ce-id': 'a', 'ce-type': 't', own: 'x' });
  });

  for (const [what, record, code] of [
    ['no value', { ...RECORD, value: null }, 'invalid-data'],
    ['neither value nor header', { ...RECORD, value: Buffer.of() }, 'invalid-data'],
    ['a key of other bytes than text', { ...RECORD, key: Buffer.of(0xff) }, 'invalid-data'],
    ['a key above 1,024 bytes', { ...RECORD, key: 'ü'.repeat(513) }, 'too-large'],
    ['a header without a value', header('h', null), 'invalid-data'],
    ['a header of other bytes than text', header('h', Buffer.of(0xff)), 'invalid-data'],
    ['a header without a name', header('', 'x'), 'invalid-data'],
    [
      'a header twice',
      { ...RECORD, headers: [...header('h', 'a').headers, ...header('h', 'a').headers] },
      'invalid-data',
    ],
    [
      'two headers that are one attribute',
      { ...RECORD, headers: [...header('ce_x', 'a').headers, ...header('ce-x', 'a').headers] },
      'invalid-data',
    ],
    ['a name that begins with goog', header('google-client-sent-at', 'x'), 'invalid-data'],
    ['a name above 256 bytes', header('ü'.repeat(129), 'x'), 'too-large'],
    ['a value above 1,024 bytes', header('h', '名'.repeat(342)), 'too-large'],
    [
      'more than 100 headers',
      { ...RECORD, headers: Array.from({ length: 101 }, (_, index) => ({ name: `h${index}`, value: '' })) },
      'too-large',
    ],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => outgoingMessage(record),
        (error) => error instanceof SluiceError && error.code === code,
      );
    });
  }

  it('is taken at the limits', () => {
    const headers = Array.from({ length: 100 }, (_, index) => ({
      name: `h${index}`.padEnd(256, 'x'),
      value: 'ü'.repeat(512),
    }));
    assert.equal(received({ ...RECORD, key: 'ü'.repeat(512), headers }).headers.length, 100);
  });
});

it('puts messages of any length into a request as the client would', () => {
  const bodies = [0, 1, 127, 128, 16_383, 16_384, 2_097_152].map((length) => ({
    bytes: Buffer.from(PubsubMessage.encode({ data: Buffer.alloc(length, 'x') }).finish()),
  }));
  const request = PublishRequest.decode(publishRequest('projects/p/topics/t', bodies));
  assert.equal(request.topic, 'projects/p/topics/t');
  assert.deepEqual(
    request.messages.map(({ data }) => data?.length),
    [0, 1, 127, 128, 16_383, 16_384, 2_097_152],
  );
});
