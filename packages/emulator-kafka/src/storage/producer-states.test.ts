import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProducerStates } from './producer-states.ts';

const MAX_SEQUENCE = 2 ** 31 - 1;

function header(baseSequence: number, { count = 1, epoch = 0, producerId = 1 } = {}) {
  return { producerId, producerEpoch: epoch, baseSequence, lastOffsetDelta: count - 1 };
}

/** Feeds one-record batches with these sequence numbers, offsets from 0 on. */
function fed(sequences: readonly number[], epoch = 0): ProducerStates {
  const states = new ProducerStates();
  for (const [offset, sequence] of sequences.entries())
    states.add(header(sequence, { epoch }), offset, 500 + offset, 0);
  return states;
}

const verdict = (states: ProducerStates, batch: ReturnType<typeof header>): string => {
  const result = states.check(batch);
  if (result.kind === 'refused') return result.error;
  return result.kind === 'duplicate' ? `duplicate of ${result.batch.baseOffset}` : result.kind;
};

test('a producer that is not known may begin anywhere, then goes on in sequence', () => {
  assert.equal(verdict(new ProducerStates(), header(77, { epoch: 3 })), 'next');
  const states = fed([77]);
  assert.equal(verdict(states, header(78)), 'next');
  assert.equal(verdict(states, header(80)), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(verdict(states, header(76)), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
});

test('the last five batches are known again, older ones are out of order', () => {
  const states = fed([0, 1, 2, 3, 4, 5, 6]);
  for (const sequence of [2, 3, 4, 5, 6]) assert.equal(verdict(states, header(sequence)), `duplicate of ${sequence}`);
  assert.equal(verdict(states, header(1)), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
});

test('only the same range of sequence numbers is a duplicate', () => {
  const states = new ProducerStates();
  states.add(header(0, { count: 3 }), 0, 0, 0);
  assert.equal(verdict(states, header(0, { count: 3 })), 'duplicate of 0');
  assert.equal(verdict(states, header(0, { count: 2 })), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(verdict(states, header(2)), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
});

test('a newer epoch begins at 0, an older one is refused', () => {
  const states = fed([0, 1], 4);
  assert.equal(verdict(states, header(2, { epoch: 5 })), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  assert.equal(verdict(states, header(0, { epoch: 5 })), 'next');
  assert.equal(verdict(states, header(1, { epoch: 3 })), 'INVALID_PRODUCER_EPOCH');
  assert.equal(verdict(states, header(1, { epoch: -1 })), 'INVALID_PRODUCER_EPOCH');
  states.add(header(0, { epoch: 5 }), 2, 0, 0);
  assert.equal(verdict(states, header(1, { epoch: 4 })), 'INVALID_PRODUCER_EPOCH');
  assert.equal(verdict(states, header(1, { epoch: 5 })), 'next');
});

test('sequence numbers wrap around to 0', () => {
  const states = new ProducerStates();
  states.add(header(MAX_SEQUENCE, { count: 3 }), 0, 0, 0);
  assert.equal(verdict(states, header(MAX_SEQUENCE, { count: 3 })), 'duplicate of 0');
  assert.equal(verdict(states, header(2)), 'next');
  assert.equal(verdict(fed([MAX_SEQUENCE]), header(0)), 'next');
});

test('batches without producer id are not remembered', () => {
  const states = new ProducerStates();
  assert.equal(states.add(header(-1, { producerId: -1 }), 0, 0, 0), undefined);
  assert.equal(verdict(states, header(-1, { producerId: -1 })), 'next');
});

test('a batch whose append failed is forgotten', () => {
  const states = fed([0]);
  const failed = states.add(header(1), 1, 0, 0);
  assert.ok(failed);
  states.remove(1, failed);
  assert.equal(verdict(states, header(1)), 'next');
  assert.equal(verdict(states, header(2)), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
});

test('producers that do not write are forgotten', () => {
  const states = new ProducerStates();
  states.add(header(5), 0, 0, 1000);
  states.expire(1000);
  assert.equal(verdict(states, header(9)), 'OUT_OF_ORDER_SEQUENCE_NUMBER');
  states.expire(1001);
  assert.equal(verdict(states, header(9)), 'next');
});

test('states survive being saved', () => {
  const states = fed([3, 4, 5], 2);
  const saved = ProducerStates.fromJSON(JSON.parse(JSON.stringify(states)));
  assert.deepEqual(saved.check(header(4, { epoch: 2 })), states.check(header(4, { epoch: 2 })));
  assert.equal(verdict(saved, header(6, { epoch: 2 })), 'next');
  assert.equal(verdict(saved, header(0, { epoch: 1 })), 'INVALID_PRODUCER_EPOCH');
});
