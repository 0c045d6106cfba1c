import type { DurableLog, LogEntry, NewEntry } from '../log.ts';

/** Bytes without zeros, different for every `seed`. */
export function sampleBytes(seed: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => 1 + ((seed * 31 + index * 7) % 255)));
}

export function sampleEntry(seed: number, length = 40): NewEntry {
  return { count: 1, timestampMs: 1_000 + seed, payload: [sampleBytes(seed, length)] };
}

/** All entries from the beginning on, read in portions of `maxBytes`. */
export async function readAll(log: DurableLog, maxBytes = 1_000): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let offset = log.startOffset; offset < log.endOffset; ) {
    const portion = await log.read(offset, maxBytes);
    for (const entry of portion) {
      if (entry.offset !== offset) throw new Error(`expected the entry of offset ${offset}, got ${entry.offset}`);
      offset += entry.count;
    }
    if (portion.length === 0) throw new Error(`nothing at offset ${offset}, below the end ${log.endOffset}`);
    entries.push(...portion);
  }
  return entries;
}
