import assert from 'node:assert/strict';
import { it } from 'node:test';
import { positiveMurmur2 } from './murmur2.ts';

it('hashes keys as the Java client does', () => {
  // The values of its own test, org.apache.kafka.common.utils.UtilsTest.
  const expected: readonly (readonly [string, number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [key, hash] of expected) assert.equal(positiveMurmur2(Buffer.from(key)), hash & 0x7fffffff, key);
  assert.equal(positiveMurmur2(Buffer.from('--abc--'), 2, 5), positiveMurmur2(Buffer.from('abc')));
});
