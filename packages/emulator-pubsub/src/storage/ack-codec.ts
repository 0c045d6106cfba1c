import { VarintReader, varintBytes, writeVarint } from '../varint.ts';
import type { AckState } from './storage.ts';

type Range = readonly [from: number, to: number];

/**
 * What is in a subscription's log, numbers as varints:
 *
 *     entry = kind(1) (gap length)*       kind 0: these too are acknowledged; kind 1: these and no others are
 *
 * where each range begins `gap` behind the end of the one before, the first behind 0.
 */
export interface AckEntry {
  readonly isSnapshot: boolean;
  /** Sorted, apart from each other. */
  readonly ranges: readonly Range[];
}

export function encodeAcks({ isSnapshot, ranges }: AckEntry): Buffer {
  let bytes = 1;
  let end = 0;
  for (const [from, to] of ranges) {
    bytes += varintBytes(from - end) + varintBytes(to - from);
    end = to;
  }
  const payload = Buffer.allocUnsafe(bytes);
  payload[0] = isSnapshot ? 1 : 0;
  let at = 1;
  end = 0;
  for (const [from, to] of ranges) {
    at = writeVarint(payload, at, from - end);
    at = writeVarint(payload, at, to - from);
    end = to;
  }
  return payload;
}

export function decodeAcks(payload: Buffer): AckEntry {
  const reader = new VarintReader(payload);
  const isSnapshot = reader.varint() === 1;
  const ranges: Range[] = [];
  let end = 0;
  while (!reader.isAtEnd) {
    const from = end + reader.varint();
    end = from + reader.varint();
    ranges.push([from, end]);
  }
  return { isSnapshot, ranges };
}

export function rangesOfState({ below, ranges }: AckState): readonly Range[] {
  return below > 0 ? [[0, below], ...ranges] : ranges;
}

/** In any order, any of them more than once. */
export function rangesOfOffsets(offsets: readonly number[]): readonly Range[] {
  const ranges: [from: number, to: number][] = [];
  for (const offset of Float64Array.from(offsets).sort()) {
    const last = ranges.at(-1);
    if (last !== undefined && offset <= last[1]) last[1] = Math.max(last[1], offset + 1);
    else ranges.push([offset, offset + 1]);
  }
  return ranges;
}
