import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PublishResult, SluiceError } from '@sluice/core';
import { Lane } from './lane.ts';
import { PendingRecord } from './pending-record.ts';
import { ProducerIdentity } from './producer-identity.ts';
import { afterNothingSent, judge, type SentParcel } from './verdict.ts';

interface Sent {
  readonly parcel: SentParcel;
  readonly results: readonly (PublishResult | undefined)[];
  readonly next: () => number;
}

function sent(count: number, { sentBefore = false } = {}): Sent {
  const results: (PublishResult | undefined)[] = Array(count).fill(undefined);
  const records = Array.from({ length: count }, (_, index) => {
    const content = { topic: 't', keyHash: 0, body: Buffer.alloc(10), timestampMs: 0 };
    return new PendingRecord(content, (result) => {
      results[index] = result;
    });
  });
  const lane = new Lane('t', 0);
  const identity = new ProducerIdentity(1n, 0);
  const parcel = { lane, records, inDoubt: { identity, baseSequence: 0 }, sentBefore };
  return { parcel, results, next: () => identity.nextSequence(lane) };
}

const answer = (errorCode: number) => ({ topic: 't', partition: 0, errorCode, baseOffset: 40 });
const codes = (results: Sent['results']): unknown[] =>
  results.map((result) => (result?.kind === 'failed' ? (result.error as SluiceError).code : result?.offset));

describe('judge', () => {
  it('settles what was stored, and uses up its sequence numbers', () => {
    const { parcel, results, next } = sent(3);
    assert.deepEqual(judge(parcel, answer(0)), { again: [], troubled: false, identityLost: false });
    assert.deepEqual(codes(results), [40, 41, 42]);
    assert.equal(next(), 3);
  });

  it('takes a repeated batch whose place is forgotten for stored', () => {
    const { parcel, results, next } = sent(2);
    assert.deepEqual(judge(parcel, answer(46)).again, []);
    assert.deepEqual(codes(results), [null, null]);
    assert.equal(next(), 2);
  });

  it('sends a batch again just as it was when it may be stored', () => {
    for (const said of [undefined, answer(7), answer(20), answer(-1)]) {
      const { parcel, results, next } = sent(2);
      assert.deepEqual(judge(parcel, said), { again: [parcel], troubled: true, identityLost: false });
      assert.deepEqual(codes(results), [undefined, undefined]);
      assert.equal(next(), 0);
    }
  });

  it('remembers that a batch may be stored by an earlier try', () => {
    const first = sent(2);
    assert.equal(judge(first.parcel, answer(6)).again[0]?.inDoubt, null);
    const second = sent(2, { sentBefore: true });
    assert.equal(judge(second.parcel, answer(6)).again[0]?.inDoubt, second.parcel.inDoubt);
  });

  it('goes on under a new id where the broker lost track', () => {
    for (const code of [45, 47, 59]) {
      const { parcel, results } = sent(2);
      const { again, identityLost } = judge(parcel, answer(code));
      assert.deepEqual([again.length, again[0]?.inDoubt, identityLost], [1, null, true]);
      assert.deepEqual(codes(results), [undefined, undefined]);
    }
  });

  it('halves a batch that is too large, in order, until one record is left', () => {
    const { parcel, results, next } = sent(5);
    const { again, troubled } = judge(parcel, answer(10));
    assert.deepEqual(
      again.flatMap(({ records }) => records),
      parcel.records,
    );
    assert.deepEqual(
      again.map(({ records }) => records.length),
      [2, 3],
    );
    assert.deepEqual([troubled, next()], [false, 0]);
    assert.deepEqual(codes(results), Array(5).fill(undefined));
    const single = sent(1);
    judge(single.parcel, answer(10));
    assert.deepEqual(codes(single.results), ['too-large']);
    assert.equal(single.next(), 0);
  });

  it('fails what is refused, and gives the id up only with what may be stored', () => {
    for (const sentBefore of [false, true]) {
      const { parcel, results, next } = sent(2, { sentBefore });
      assert.deepEqual(judge(parcel, answer(29)), { again: [], troubled: false, identityLost: sentBefore });
      assert.deepEqual(codes(results), ['unauthorized', 'unauthorized']);
      assert.equal(next(), 0);
      assert.equal(judge(sent(2, { sentBefore }).parcel, answer(10)).identityLost, sentBefore);
    }
  });
});

describe('afterNothingSent', () => {
  it('fails records that no waiting helps, unless they may be stored already', () => {
    const { parcel, results } = sent(1);
    const trouble = new SluiceError('unauthorized', 'no');
    assert.deepEqual(afterNothingSent(parcel, trouble).again, [parcel]);
    assert.deepEqual(afterNothingSent({ ...parcel, inDoubt: null }, trouble).again, []);
    assert.deepEqual(codes(results), ['unauthorized']);
    const later = afterNothingSent(sent(1).parcel, new SluiceError('unavailable', 'later'));
    assert.deepEqual([later.again.length, later.troubled], [1, true]);
  });
});
