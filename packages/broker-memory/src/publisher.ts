import { type OutgoingRecord, type Publisher, type PublishResult, SluiceError } from '@sluice/core';
import type { MemoryLog } from './memory-log.ts';

export interface PublisherOptions {
  readonly log: MemoryLog;
  readonly maxRecordBytes: number;
  readonly maxQueuedRecords: number;
  /** In ms since the epoch. */
  readonly now: () => number;
}

export class MemoryPublisher implements Publisher {
  readonly #options: PublisherOptions;
  closed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  async publish(records: readonly OutgoingRecord[]): Promise<readonly PublishResult[]> {
    if (this.closed) throw new SluiceError('closed', 'the broker was closed');
    const { maxQueuedRecords } = this.#options;
    if (records.length > maxQueuedRecords) {
      throw new SluiceError(
        'overloaded',
        `at most ${maxQueuedRecords} records may wait, got ${records.length} in a call`,
      );
    }
    return records.map((record) => this.#append(record));
  }

  refusal({ value }: OutgoingRecord): SluiceError | undefined {
    const { maxRecordBytes } = this.#options;
    if (value === null || value.length <= maxRecordBytes) return undefined;
    return new SluiceError('too-large', `a value may have at most ${maxRecordBytes} bytes, got ${value.length}`);
  }

  #append(record: OutgoingRecord): PublishResult {
    const { log, now } = this.#options;
    const { topic, key, value, headers } = record;
    const partitions = log.partitionsOf(topic);
    if (partitions === 0) return failed(new SluiceError('unavailable', `there is no topic ${topic}`));
    const refusal = this.refusal(record);
    if (refusal) return failed(refusal);
    const partition = hash(key) % partitions;
    const offset = log.append({
      topic,
      partition,
      key: Buffer.from(key),
      value: copyOf(value),
      headers: headers.map((header) => ({ name: header.name, value: copyOf(header.value) })),
      timestampMs: now(),
    });
    return { kind: 'published', topic, partition, offset, messageId: null };
  }
}

const copyOf = (bytes: string | Buffer | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes));

const failed = (error: SluiceError): PublishResult => ({ kind: 'failed', error });

/** FNV-1a, 32 bits: any hash would do that spreads keys. */
function hash(key: string | Buffer): number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(key)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return state;
}
