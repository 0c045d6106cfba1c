import { utf8Text } from './utf8.ts';

/** One header of a record. Names may repeat, as in Kafka. */
export interface RecordHeader {
  readonly name: string;
  readonly value: Buffer | null;
}

/**
 * Where a record lies in its log: an offset in a partition (Kafka), or the broker's own message id (Pub/Sub, which has
 * no order to count by). Offsets are safe integers; an adapter refuses a larger one.
 */
export type RecordPosition =
  | { readonly kind: 'offset'; readonly partition: number; readonly offset: number }
  | { readonly kind: 'message'; readonly messageId: string };

/** A record as the broker delivered it. */
export interface BrokerRecord {
  readonly topic: string;
  readonly position: RecordPosition;
  /** The record's own timestamp, in ms since the epoch. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  /**
   * Why this is no record at all, where what lies in the log cannot be read as one: then `value` is its bytes, as far as
   * they can be told from its neighbours', and key and headers are empty. It is to be dead-lettered, never projected.
   * Reading any other record's fields never throws.
   */
  readonly fault?: string;
  /**
   * What `headerTexts` gives, for adapters that can tell without decoding all headers: a projection asks each record for
   * three of nine.
   */
  headerTexts?(names: HeaderNames): readonly (string | undefined)[];
}

/** A record on its way to the broker. What others made, and is put into the log once more, may hold any bytes, or none. */
export interface OutgoingRecord {
  readonly topic: string;
  /** The ordering key; records of one topic and key keep their order. */
  readonly key: string | Buffer;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly name: string; readonly value: string | Buffer | null }[];
}

/** A record as Sluice makes it: of texts, around a value. */
export interface NewRecord extends OutgoingRecord {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** Names of headers to ask for. The same array each time, so that an adapter prepares the search once. */
export type HeaderNames = readonly string[];

/**
 * The last header of each name as text, as CloudEvents' Kafka binding reads it; undefined where there is none, its value
 * is null, or is not UTF-8: decoded, different bytes would be one text, and two commands one.
 */
export function headerTexts(record: BrokerRecord, names: HeaderNames): readonly (string | undefined)[] {
  if (record.headerTexts) return record.headerTexts(names);
  return names.map((name) => {
    const value = record.headers.findLast((header) => header.name === name)?.value;
    return value ? utf8Text(value) : undefined;
  });
}
