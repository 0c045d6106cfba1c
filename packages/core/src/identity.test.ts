import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HEADER } from './headers.ts';
import { commandIdOf, idempotentCommandId, identify, isUuid } from './identity.ts';
import type { BrokerRecord, RecordHeader, RecordPosition } from './record.ts';

const ID = '3f0a8b52-7a1c-4b6e-9d2e-1c2d3e4f5a6b';
const OTHER_ID = '0192f0c1-2222-7333-8444-555566667777';
const UUID_V5 = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function record(headers: Record<string, string | null> = {}, parts: Partial<BrokerRecord> = {}): BrokerRecord {
  return {
    topic: 'orders',
    position: { kind: 'offset', partition: 2, offset: 7 },
    timestampMs: 1_700_000_000_000,
    key: null,
    value: null,
    headers: Object.entries(headers).map(([name, value]) => header(name, value)),
    ...parts,
  };
}

const header = (name: string, value: string | null): RecordHeader => ({
  name,
  value: value === null ? null : Buffer.from(value),
});
const at = (position: RecordPosition): string => identify(record({}, { position })).commandId;

describe('identify: the command id', () => {
  it('is the header’s before the value’s before one made of the position', () => {
    assert.equal(identify(record({ [HEADER.id]: ID }), OTHER_ID).commandId, ID);
    assert.equal(identify(record(), OTHER_ID).commandId, OTHER_ID);
    assert.equal(identify(record({ [HEADER.id]: '' }), OTHER_ID).commandId, OTHER_ID);
    assert.equal(identify(record({ [HEADER.id]: null }), OTHER_ID).commandId, OTHER_ID);
    assert.match(identify(record()).commandId, UUID_V5);
    assert.equal(identify(record({}), '').commandId, identify(record()).commandId);
  });

  it('is the last of repeated headers, as CloudEvents’ binding reads them', () => {
    const headers = [header(HEADER.id, OTHER_ID), header(HEADER.id, ID)];
    assert.equal(identify(record({}, { headers })).commandId, ID);
  });

  it('is not a header’s that is not UTF-8: decoded, two ids would be one', () => {
    const idOf = (bytes: readonly number[], offset: number): string => {
      const headers = [{ name: HEADER.id, value: Buffer.from(bytes) }];
      return identify(record({}, { headers, position: { kind: 'offset', partition: 2, offset } })).commandId;
    };
    assert.notEqual(idOf([0xff], 7), idOf([0xfe], 8));
    assert.equal(idOf([0xff], 7), at({ kind: 'offset', partition: 2, offset: 7 }));
    assert.equal(idOf([...Buffer.from('\ufffd')], 7), commandIdOf('default', '\ufffd'));
    const others = [HEADER.source, HEADER.time].map((name) => ({ name, value: Buffer.from([0xff]) }));
    assert.deepEqual(identify(record({}, { headers: others })), identify(record()));
  });

  it('is in lower case whatever the sender wrote', () => {
    assert.equal(identify(record({ [HEADER.id]: ID.toUpperCase() })).commandId, ID);
    assert.equal(identify(record(), ID.toUpperCase()).commandId, ID);
  });

  it('is the sender’s wherever it has a UUID’s form, of whatever version and variant', () => {
    for (const id of [
      '11111111-1111-1111-1111-111111111111',
      'abcdef00-0000-0000-0000-00000000000f',
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ]) {
      assert.equal(isUuid(id), true, id);
      assert.equal(identify(record({ [HEADER.id]: id })).commandId, id);
      assert.equal(identify(record(), id.toUpperCase()).commandId, id);
    }
    for (const text of [
      `{${ID}}`,
      `urn:uuid:${ID}`,
      ID.replaceAll('-', ''),
      `${ID}\n`,
      ` ${ID}`,
      `${ID.slice(0, -1)}g`,
    ]) {
      assert.equal(isUuid(text), false, text);
      assert.match(commandIdOf('a', text), UUID_V5, text);
    }
  });

  it('is a UUIDv5 of source and id where that is no UUID, so that equal ids of two sources do not meet', () => {
    const ours = identify(record({ [HEADER.id]: 'order-1', [HEADER.source]: 'SpongeBob' })).commandId;
    assert.match(ours, UUID_V5);
    assert.equal(ours, commandIdOf('SpongeBob', 'order-1'));
    assert.notEqual(ours, identify(record({ [HEADER.id]: 'order-1', [HEADER.source]: 'Patrick' })).commandId);
    assert.notEqual(ours, identify(record({ [HEADER.id]: 'Order-1', [HEADER.source]: 'SpongeBob' })).commandId);
  });

  it('differs from place to place', () => {
    const places = [
      at({ kind: 'offset', partition: 2, offset: 7 }),
      at({ kind: 'offset', partition: 7, offset: 2 }),
      at({ kind: 'offset', partition: 2, offset: 8 }),
      at({ kind: 'message', messageId: '7' }),
      identify(record({}, { topic: 'other' })).commandId,
    ];
    assert.equal(new Set(places).size, places.length);
  });

  it('stays what it was when the store was filled: these are written down', () => {
    assert.equal(at({ kind: 'offset', partition: 2, offset: 7 }), 'ed0cbce9-17a3-505a-bc2a-d36166c7679d');
    assert.equal(at({ kind: 'message', messageId: '7' }), '6e5e3d8a-a90e-5055-9d6d-c56d3a93e729');
    assert.equal(commandIdOf('SpongeBob', 'order-1'), '8fb69cce-0c4f-5f0c-b491-4f28502f26f5');
    assert.equal(idempotentCommandId('timestamp.command.v1', 'default', 'k'), '2a50c788-c4fd-59c4-b9ce-a895cf2d72cf');
  });

  it('is never the same for two kinds of origin, whatever texts they are made of', () => {
    const text = fc.constantFrom('id', 'message', 'offset', 'idempotency-key', 'a', 'b', '1');
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const ids = [
          commandIdOf(a, b),
          idempotentCommandId(a, b, c),
          identify(record({}, { topic: a, position: { kind: 'message', messageId: b } })).commandId,
        ];
        assert.equal(new Set(ids).size, 3);
      }),
    );
  });
});

describe('identify: the client', () => {
  it('is the source header, else the default', () => {
    assert.equal(identify(record({ [HEADER.source]: 'SpongeBob' })).client, 'SpongeBob');
    assert.equal(
      identify(record({ [HEADER.source]: 'https://example.com/a?b#c' })).client,
      'https://example.com/a?b#c',
    );
    assert.equal(identify(record()).client, 'default');
    assert.equal(identify(record({ [HEADER.source]: '' })).client, 'default');
  });

  it('is always fit for a column: what is no source is not taken for one', () => {
    for (const source of ['a\0b', 'a b', 'a\n', 'ä', 'a'.repeat(256), '\u202e']) {
      assert.equal(identify(record({ [HEADER.source]: source })).client, 'default', JSON.stringify(source));
    }
  });
});

describe('identify: the time', () => {
  it('is the time header’s instant in UTC', () => {
    assert.equal(
      identify(record({ [HEADER.time]: '2024-05-06T07:08:09.5+02:00' })).time,
      '2024-05-06T05:08:09.500000Z',
    );
  });

  it('is just before 1970 where the record has no timestamp (-1), in every replay', () => {
    assert.equal(identify(record({}, { timestampMs: -1 })).time, '1969-12-31T23:59:59.999000Z');
  });

  it('is the record’s own timestamp where there is no such header or it is none', () => {
    assert.equal(identify(record()).time, '2023-11-14T22:13:20.000000Z');
    assert.equal(identify(record({ [HEADER.time]: 'yesterday' })).time, '2023-11-14T22:13:20.000000Z');
    assert.equal(identify(record({ [HEADER.time]: '2024-02-30T00:00:00Z' })).time, '2023-11-14T22:13:20.000000Z');
  });
});
