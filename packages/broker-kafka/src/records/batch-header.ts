import { crc32c } from '@node-rs/crc32';
import { SluiceError } from '@sluice/core';

/** What stands before the records of a batch (https://kafka.apache.org/documentation/#recordbatch). */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly compression: number;
  /** The broker's time for all records, instead of each its own. */
  readonly logAppendTime: boolean;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: bigint;
  readonly count: number;
  readonly recordsAt: number;
  readonly end: number;
}

const HEADER_BYTES = 61;

/**
 * The header of the batch at `at`; undefined where the rest of the buffer is not a whole batch, which is how the broker
 * cuts a long answer off.
 * @throws SluiceError `misconfigured` for a format or an offset that Sluice does not read
 */
export function readBatchHeader(buffer: Buffer, at: number): BatchHeader | undefined {
  if (buffer.length - at < HEADER_BYTES) return undefined;
  const end = at + 12 + buffer.readInt32BE(at + 8);
  if (end > buffer.length) return undefined;
  const magic = buffer.readInt8(at + 16);
  if (magic !== 2) {
    throw new SluiceError('misconfigured', `the log has record batches of format ${magic}; only format 2 is read`);
  }
  const attributes = buffer.readInt16BE(at + 21);
  const baseOffset = safeInteger(buffer.readBigInt64BE(at));
  return {
    baseOffset,
    lastOffset: baseOffset + buffer.readInt32BE(at + 23),
    compression: attributes & 7,
    logAppendTime: (attributes & 8) !== 0,
    transactional: (attributes & 16) !== 0,
    control: (attributes & 32) !== 0,
    baseTimestamp: Number(buffer.readBigInt64BE(at + 27)),
    maxTimestamp: Number(buffer.readBigInt64BE(at + 35)),
    producerId: buffer.readBigInt64BE(at + 43),
    count: buffer.readInt32BE(at + 57),
    recordsAt: at + HEADER_BYTES,
    end,
  };
}

/** @throws SluiceError `unavailable` where the bytes were changed on their way: reading them again may help. */
export function requireIntact(buffer: Buffer, at: number, { baseOffset, end }: BatchHeader): void {
  const expected = buffer.readUInt32BE(at + 17);
  const found = crc32c(buffer.subarray(at + 21, end));
  if (found === expected) return;
  throw new SluiceError('unavailable', `the record batch at offset ${baseOffset} arrived damaged: CRC-32C ${found}`);
}

function safeInteger(offset: bigint): number {
  if (offset <= Number.MAX_SAFE_INTEGER) return Number(offset);
  throw new SluiceError('misconfigured', `offset ${offset} is larger than JavaScript counts exactly`);
}
