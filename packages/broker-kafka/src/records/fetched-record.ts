import type { BrokerRecord, RecordHeader, RecordPosition } from '@sluice/core';
import { readHeaders, readLastHeader } from '../headers.ts';

/** A record as it came in, a view on the bytes that the broker sent. Its headers are read when they are asked for. */
export class FetchedRecord implements BrokerRecord {
  readonly topic: string;
  readonly position: RecordPosition;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly #source: Buffer;
  readonly #headersAt: number;
  #headers: readonly RecordHeader[] | undefined;

  constructor(
    topic: string,
    position: RecordPosition,
    timestampMs: number,
    key: Buffer | null,
    value: Buffer | null,
    source: Buffer,
    headersAt: number,
  ) {
    this.topic = topic;
    this.position = position;
    this.timestampMs = timestampMs;
    this.key = key;
    this.value = value;
    this.#source = source;
    this.#headersAt = headersAt;
  }

  get headers(): readonly RecordHeader[] {
    this.#headers ??= readHeaders(this.#source, this.#headersAt);
    return this.#headers;
  }

  lastHeader(name: string): Buffer | null | undefined {
    return readLastHeader(this.#source, this.#headersAt, name);
  }
}
