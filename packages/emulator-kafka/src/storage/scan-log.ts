import type { DurableLog, LogEntry } from '@sluice/durable-log';

const READ_BYTES = 1024 * 1024;

/** Every durable entry from the one that contains `offset` on. */
export async function* entriesFrom(log: DurableLog, offset: number): AsyncGenerator<LogEntry> {
  for (let next = offset; next < log.endOffset; ) {
    for (const entry of await log.read(next, READ_BYTES)) {
      yield entry;
      next = entry.offset + entry.count;
    }
  }
}
