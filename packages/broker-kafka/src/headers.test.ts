import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headersSize, readHeaders, readHeaderTexts, writeHeaders } from './headers.ts';
import { writeVarint } from './records/varint.ts';

const encode = (headers: readonly { name: string; value: string }[]): Buffer => {
  const bytes = Buffer.alloc(headersSize(headers));
  writeHeaders(bytes, 0, headers);
  return bytes;
};

describe('readHeaderTexts', () => {
  const headers = [
    { name: 'ce_id', value: 'first' },
    { name: 'ce_idx', value: 'longer name' },
    { name: 'ce_i', value: 'shorter name' },
    { name: 'ce_it', value: 'same length' },
    { name: 'ce_id', value: 'last' },
    { name: 'größe', value: '' },
  ];
  const bytes = encode(headers);

  it('finds for every name what reading all headers finds', () => {
    const names = [...new Set(headers.map((header) => header.name)), 'absent', ''];
    const all = readHeaders(bytes, 0);
    const expected = names.map((name) => all.findLast((header) => header.name === name)?.value?.toString());
    assert.deepEqual(readHeaderTexts(bytes, 0, names), expected);
    assert.deepEqual(readHeaderTexts(bytes, 0, names.toReversed()), expected.toReversed());
  });

  it('takes a null value, the last of its name, for none', () => {
    const nullValue = Buffer.alloc(8);
    let at = writeVarint(nullValue, 0, 2);
    for (const value of ['x', null]) {
      at = writeVarint(nullValue, at, 1);
      at += nullValue.write('a', at);
      at = writeVarint(nullValue, at, value === null ? -1 : 1);
      if (value !== null) at += nullValue.write(value, at);
    }
    assert.deepEqual(readHeaderTexts(nullValue, 0, ['a']), [undefined]);
  });

  it('takes a value that is not UTF-8 for none, and one with U+FFFD in it for itself', () => {
    for (const [value, expected] of [
      [[0xff], undefined],
      [[0xfe], undefined],
      [[0x61, 0xc3], undefined],
      [[...Buffer.from('a\ufffd')], 'a\ufffd'],
    ] as const) {
      const one = Buffer.from([2, 2, 0x61, value.length * 2, ...value]);
      assert.deepEqual(readHeaderTexts(one, 0, ['a']), [expected]);
    }
  });

  it('refuses headers that end before their lengths say', () => {
    assert.throws(() => readHeaderTexts(bytes.subarray(0, 9), 0, ['ce_id']), RangeError);
  });
});
