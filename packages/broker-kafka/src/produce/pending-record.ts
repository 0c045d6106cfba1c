import type { PublishResult, SluiceError } from '@sluice/core';
import { type EncodedRecord, RECORD_OVERHEAD_BYTES } from '../records/record-writer.ts';

/** An accepted record, until the broker's word on it is known or its call's time is over. */
export class PendingRecord implements EncodedRecord {
  readonly topic: string;
  readonly keyHash: number;
  readonly body: Buffer;
  readonly timestampMs: number;
  readonly #settle: (result: PublishResult) => void;
  #settled = false;

  constructor(
    record: EncodedRecord & { readonly topic: string; readonly keyHash: number },
    settle: (result: PublishResult) => void,
  ) {
    this.topic = record.topic;
    this.keyHash = record.keyHash;
    this.body = record.body;
    this.timestampMs = record.timestampMs;
    this.#settle = settle;
  }

  /** What it takes up in a request, at most. */
  get bytes(): number {
    return this.body.length + RECORD_OVERHEAD_BYTES;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** @param offset null where the broker knows it only to be stored */
  published(partition: number, offset: number | null): void {
    this.#end({ kind: 'published', topic: this.topic, partition, offset, messageId: null });
  }

  failed(error: SluiceError): void {
    this.#end({ kind: 'failed', error });
  }

  #end(result: PublishResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#settle(result);
  }
}
