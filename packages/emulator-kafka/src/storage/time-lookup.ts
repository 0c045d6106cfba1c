import type { DurableLog } from '@sluice/durable-log';
import { readBatchHeader } from '../record-batch.ts';
import { offsetOfTimestamp, type TimestampedOffset } from '../record-times.ts';
import { entriesFrom } from './scan-log.ts';

/** The first record from `startOffset` on that is not older. */
export async function findByTimestamp(
  log: DurableLog,
  startOffset: number,
  timestampMs: number,
): Promise<TimestampedOffset | undefined> {
  const found = await log.findByTimestamp(timestampMs);
  if (found === undefined) return undefined;
  for await (const { payload } of entriesFrom(log, Math.max(found.offset, startOffset))) {
    const record = await offsetOfTimestamp(payload, timestampMs, startOffset);
    if (record !== undefined) return record;
  }
  return undefined;
}

/** The first of the records with the newest timestamp. Reads the whole log. */
export async function findNewest(log: DurableLog, startOffset: number): Promise<TimestampedOffset | undefined> {
  let newest: Buffer | undefined;
  let newestMs = Number.NEGATIVE_INFINITY;
  for await (const { payload } of entriesFrom(log, startOffset)) {
    const { maxTimestampMs } = readBatchHeader(payload);
    if (maxTimestampMs <= newestMs) continue;
    newestMs = maxTimestampMs;
    newest = Buffer.from(payload);
  }
  return newest && (await offsetOfTimestamp(newest, newestMs, startOffset));
}
