import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headersSize, readHeaders, readLastHeader, writeHeaders } from './headers.ts';
import { writeVarint } from './records/varint.ts';

const encode = (headers: readonly { name: string; value: string }[]): Buffer => {
  const bytes = Buffer.alloc(headersSize(headers));
  writeHeaders(bytes, 0, headers);
  return bytes;
};

describe('readLastHeader', () => {
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
    for (const name of [...headers.map((header) => header.name), 'absent', '']) {
      const expected = readHeaders(bytes, 0).findLast((header) => header.name === name)?.value;
      assert.deepEqual(readLastHeader(bytes, 0, name), expected, name);
    }
  });

  it('tells a null value from a header that is not there', () => {
    const nullValue = Buffer.alloc(8);
    let at = writeVarint(nullValue, 0, 1);
    at = writeVarint(nullValue, at, 1);
    at += nullValue.write('a', at);
    writeVarint(nullValue, at, -1);
    assert.equal(readLastHeader(nullValue, 0, 'a'), null);
    assert.equal(readLastHeader(nullValue, 0, 'b'), undefined);
  });

  it('refuses headers that end before their lengths say', () => {
    assert.throws(() => readLastHeader(bytes.subarray(0, 9), 0, 'ce_id'), RangeError);
  });
});
