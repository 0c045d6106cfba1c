import type { BrokerRecord, TopicPartition } from '@sluice/core';
import { type BatchHeader, readBatchHeader, requireIntact } from './batch-header.ts';
import { readBatch } from './batch-reader.ts';
import { Cursor } from './varint.ts';

/** A transaction that was given up, as the broker names it: its producer's records from `firstOffset` on (KIP-98). */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** Record batches as the broker sent them. */
export interface RecordSet extends TopicPartition {
  readonly bytes: Buffer;
  readonly aborted: readonly AbortedTransaction[];
}

/**
 * Appends the records of a set from offset `from` on: those a reader of committed records sees. The broker sends whole
 * batches, so the first ones may lie before what was asked for.
 */
export function readRecords({ topic, partition, bytes, aborted }: RecordSet, from: number, into: BrokerRecord[]): void {
  const givenUp = new AbortedProducers(aborted);
  for (let at = 0, header = readBatchHeader(bytes, at); header; at = header.end, header = readBatchHeader(bytes, at)) {
    if (givenUp.hides(bytes, header) || header.control || header.lastOffset < from) continue;
    requireIntact(bytes, at, header);
    readBatch({ topic, partition }, bytes, header, from, into);
  }
}

/** The offset after the last whole batch; undefined where there is none. */
export function endOfSet(bytes: Buffer): number | undefined {
  let end: number | undefined;
  for (let header = readBatchHeader(bytes, 0); header; header = readBatchHeader(bytes, header.end)) {
    end = header.lastOffset + 1;
  }
  return end;
}

/** Which producers' records belong to a transaction that was given up, as one goes through the batches in order. */
class AbortedProducers {
  readonly #ahead: AbortedTransaction[];
  readonly #now = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  hides(bytes: Buffer, { lastOffset, producerId, control, transactional, recordsAt }: BatchHeader): boolean {
    if (!transactional) return false;
    for (let next = this.#ahead[0]; next && next.firstOffset <= lastOffset; next = this.#ahead[0]) {
      this.#now.add(next.producerId);
      this.#ahead.shift();
    }
    if (control && isAbortMarker(bytes, recordsAt)) this.#now.delete(producerId);
    return this.#now.has(producerId);
  }
}

/** A control record's key is a version and a type, 0 for an abort. */
function isAbortMarker(bytes: Buffer, recordsAt: number): boolean {
  const cursor = new Cursor(bytes, recordsAt);
  cursor.varint();
  cursor.at++;
  cursor.varint();
  cursor.varint();
  return cursor.bytes()?.readInt16BE(2) === 0;
}
