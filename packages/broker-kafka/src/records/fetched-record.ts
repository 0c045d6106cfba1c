import type { BrokerRecord, HeaderNames, RecordHeader, RecordPosition } from '@sluice/core';
import { readHeaders, readHeaderTexts } from '../headers.ts';
import { Cursor } from './varint.ts';

/** A record as it came in, a view on the bytes that the broker sent. What it holds is read when it is asked for. */
export class FetchedRecord implements BrokerRecord {
  readonly topic: string;
  readonly timestampMs: number;
  readonly #partition: number;
  readonly #offset: number;
  readonly #source: Buffer;
  readonly #keyAt: number;
  readonly #valueAt: number;
  readonly #headersAt: number;

  /** The last three say where key, value and headers begin in `source`, each with its length or count before it. */
  constructor(
    topic: string,
    partition: number,
    offset: number,
    timestampMs: number,
    source: Buffer,
    keyAt: number,
    valueAt: number,
    headersAt: number,
  ) {
    this.topic = topic;
    this.timestampMs = timestampMs;
    this.#partition = partition;
    this.#offset = offset;
    this.#source = source;
    this.#keyAt = keyAt;
    this.#valueAt = valueAt;
    this.#headersAt = headersAt;
  }

  get position(): RecordPosition {
    return { kind: 'offset', partition: this.#partition, offset: this.#offset };
  }

  get key(): Buffer | null {
    return new Cursor(this.#source, this.#keyAt).bytes();
  }

  get value(): Buffer | null {
    return new Cursor(this.#source, this.#valueAt).bytes();
  }

  get headers(): readonly RecordHeader[] {
    return readHeaders(this.#source, this.#headersAt);
  }

  headerTexts(names: HeaderNames): readonly (string | undefined)[] {
    return readHeaderTexts(this.#source, this.#headersAt, names);
  }
}
