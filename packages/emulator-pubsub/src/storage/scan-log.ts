import type { DurableLog, LogEntry } from '@sluice/durable-log';

const READ_BYTES = 1024 * 1024;

/** Every durable entry, from the first on. */
export async function* entriesOf(log: DurableLog): AsyncGenerator<LogEntry> {
  for (let offset = log.startOffset; offset < log.endOffset; ) {
    for (const entry of await log.read(offset, READ_BYTES)) {
      yield entry;
      offset = entry.offset + entry.count;
    }
  }
}
