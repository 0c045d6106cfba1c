import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordDigest } from '../digest.ts';
import type { StoredPosition } from '../position.ts';
import { type Placement, placeReader, requireSameRecord } from './placement.ts';
import { PLACE, recordAt } from './test-doubles.ts';

const after = (lastOffset: number): StoredPosition => ({
  ...PLACE,
  nextOffset: lastOffset + 1,
  lastOffset,
  lastDigest: recordDigest(recordAt(lastOffset)),
});

interface Case {
  readonly name: string;
  readonly log: readonly [startOffset: number, endOffset: number];
  readonly own?: StoredPosition;
  readonly furthest?: StoredPosition;
  readonly placement: Placement;
}

const PLACED: readonly Case[] = [
  {
    name: 'an empty store begins where the log begins',
    log: [3, 10],
    placement: { readFrom: 3, projectFrom: 3, proof: null, unverified: null },
  },
  {
    name: 'a group goes on after its last record, and reads that again first',
    log: [0, 10],
    own: after(6),
    furthest: after(9),
    placement: { readFrom: 6, projectFrom: 7, proof: after(6), unverified: null },
  },
  {
    name: 'a group that is at the end of the log reads its last record again',
    log: [0, 7],
    own: after(6),
    placement: { readFrom: 6, projectFrom: 7, proof: after(6), unverified: null },
  },
  {
    name: 'a group whose last record is the log’s first reads it again',
    log: [6, 10],
    own: after(6),
    placement: { readFrom: 6, projectFrom: 7, proof: after(6), unverified: null },
  },
  {
    name: 'a group of which retention took the last record, and no more, goes on unverified',
    log: [7, 10],
    own: after(6),
    placement: { readFrom: 7, projectFrom: 7, proof: null, unverified: after(6) },
  },
  {
    name: 'a group that retention emptied the log behind goes on unverified',
    log: [7, 7],
    own: after(6),
    placement: { readFrom: 7, projectFrom: 7, proof: null, unverified: after(6) },
  },
  {
    name: 'a new group begins at the beginning, after a look at the furthest position’s record',
    log: [2, 10],
    furthest: after(8),
    placement: { readFrom: 8, projectFrom: 2, proof: after(8), unverified: null },
  },
  {
    name: 'a new group begins at the beginning unverified where the furthest position’s record is gone',
    log: [20, 30],
    furthest: after(8),
    placement: { readFrom: 20, projectFrom: 20, proof: null, unverified: after(8) },
  },
];

const REFUSED: readonly (Omit<Case, 'placement'> & { readonly code: string; readonly message: RegExp })[] = [
  {
    name: 'a log that ends below the group’s position',
    log: [0, 6],
    own: after(6),
    code: 'log-mismatch',
    message: /ends at offset 6, but the store has projected up to offset 7.*made anew.*empty database/s,
  },
  {
    name: 'an empty log under a filled store',
    log: [0, 0],
    own: after(6),
    code: 'log-mismatch',
    message: /ends at offset 0/,
  },
  {
    name: 'a log that ends below the furthest position, for a new group',
    log: [0, 8],
    furthest: after(8),
    code: 'log-mismatch',
    message: /ends at offset 8, but the store has projected up to offset 9/,
  },
  {
    name: 'a log of which records were removed before they were projected',
    log: [9, 20],
    own: after(6),
    code: 'log-truncated',
    message: /begins at offset 9, but the store is only at 7: 2 offsets were removed .*new consumer group/,
  },
];

const assigned = ([startOffset, endOffset]: Case['log']) => ({ ...PLACE, startOffset, endOffset });

describe('placeReader', () => {
  for (const { name, log, own, furthest, placement } of PLACED) {
    it(`${name}`, () => assert.deepEqual(placeReader(assigned(log), own, furthest), placement));
  }

  for (const { name, log, own, furthest, code, message } of REFUSED) {
    it(`refuses ${name}`, () => assert.throws(() => placeReader(assigned(log), own, furthest), { code, message }));
  }
});

describe('requireSameRecord', () => {
  it('takes the record that the position was made from', () => {
    requireSameRecord(after(6), recordAt(6));
  });

  it('refuses another record at that offset', () => {
    assert.throws(() => requireSameRecord(after(6), recordAt(6, 'other')), {
      code: 'log-mismatch',
      message: /record at offset 6 is not the one that was projected/,
    });
  });

  it('refuses a log whose next record is a later one', () => {
    assert.throws(() => requireSameRecord(after(6), recordAt(8)), {
      code: 'log-mismatch',
      message: /record at offset 6, projected before, is not there: the next one is at 8/,
    });
  });
});
