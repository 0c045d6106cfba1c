import { SluiceError } from '@sluice/core';
import type { KafkaMessage } from 'kafkajs';
import type { Exchange } from '../client/kafkajs.ts';
import { brokerRefused } from '../errors.ts';
import { type AbortedTransaction, endOfSet, type RecordSet } from '../records/record-reader.ts';

/**
 * Fetch, key 1, versions 4 to 11 (https://kafka.apache.org/protocol#The_Messages_Fetch): the answer, read so that kafkajs
 * passes each partition's records on as they came, as one message. kafkajs itself makes some fifty objects of a record with
 * nine headers, which costs more than all that Sluice does with it; and it fails the whole answer for one partition's error.
 *
 *     response  => throttleMs int32, error int16 and sessionId int32 (from 7), [topic string, [partition]]
 *     partition => partition int32, error int16, highWatermark int64, lastStableOffset int64, logStartOffset int64 (from 5),
 *                  aborted [producerId int64, firstOffset int64], preferredReadReplica int32 (from 11), records bytes
 */
export type Fetched =
  | {
      readonly kind: 'records';
      readonly set: RecordSet;
      /** The offset after the set. */
      readonly nextOffset: number;
      /** The end of the partition's log at that moment. */
      readonly endOffset: number;
    }
  /** There is no such offset or partition: whoever reads must ask anew where to go on. */
  | { readonly kind: 'lost'; readonly errorCode: number };

const FETCH = 1;
const OLDEST_VERSION = 4;
const OFFSET_OUT_OF_RANGE = 1;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
/** LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER, REPLICA_NOT_AVAILABLE, KAFKA_STORAGE_ERROR */
const MOVED: ReadonlySet<number> = new Set([5, 6, 9, 56]);
/** As large as an offset can be: kafkajs drops messages that lie before the offset it asked for. */
const PASSES_ALWAYS = String(2n ** 63n - 1n);

interface PassedOn {
  readonly offset: string;
  readonly isControlRecord: false;
  readonly fetched: Fetched;
}

/** What was fetched for the partition of a kafkajs batch. */
export function fetchedOf(messages: readonly KafkaMessage[]): Fetched | undefined {
  return (messages[0] as unknown as PassedOn | undefined)?.fetched;
}

export function rawFetch(exchange: Exchange<unknown>): Exchange<unknown> {
  const { apiKey, apiVersion } = exchange.request;
  if (apiKey !== FETCH) return exchange;
  if (apiVersion < OLDEST_VERSION) throw new SluiceError('misconfigured', 'the broker is older than Kafka 0.11');
  return {
    ...exchange,
    response: { decode: async (payload) => decodeAnswer(payload, apiVersion), parse: async (decoded) => decoded },
  };
}

interface TopicAnswer {
  readonly topicName: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly highWatermark: string;
    readonly messages: readonly PassedOn[];
  }[];
}

function decodeAnswer(
  payload: Buffer,
  version: number,
): { readonly clientSideThrottleTime: number; readonly responses: readonly TopicAnswer[] } {
  const reader = new AnswerReader(payload, version);
  const clientSideThrottleTime = reader.int32();
  if (version >= 7) reader.skip(2 + 4);
  const responses = reader.array(() => {
    const topicName = reader.string();
    const partitions = reader.array(() => reader.partition(topicName));
    // Nothing for most partitions is what most answers say.
    return { topicName, partitions: partitions.filter(({ messages }) => messages.length > 0) };
  });
  return { clientSideThrottleTime, responses };
}

class AnswerReader {
  readonly #payload: Buffer;
  readonly #version: number;
  #at = 0;

  constructor(payload: Buffer, version: number) {
    this.#payload = payload;
    this.#version = version;
  }

  int32(): number {
    this.#at += 4;
    return this.#payload.readInt32BE(this.#at - 4);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  string(): string {
    const length = this.#payload.readInt16BE(this.#at);
    this.#at += 2 + length;
    return this.#payload.toString('utf8', this.#at - length, this.#at);
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read);
  }

  partition(topic: string): TopicAnswer['partitions'][number] {
    const partition = this.int32();
    const errorCode = this.#payload.readInt16BE(this.#at);
    this.skip(2);
    const highWatermark = this.#int64();
    this.skip(this.#version >= 5 ? 8 + 8 : 8);
    const aborted = this.array(
      (): AbortedTransaction => ({ producerId: this.#int64(), firstOffset: Number(this.#int64()) }),
    );
    if (this.#version >= 11) this.skip(4);
    const bytes = this.#bytes();
    const fetched = judge({ topic, partition, bytes, aborted }, errorCode, Number(highWatermark));
    const messages: PassedOn[] = fetched ? [{ offset: PASSES_ALWAYS, isControlRecord: false, fetched }] : [];
    return { partition, highWatermark: String(highWatermark), messages };
  }

  #int64(): bigint {
    this.#at += 8;
    return this.#payload.readBigInt64BE(this.#at - 8);
  }

  #bytes(): Buffer {
    const length = Math.max(0, this.int32());
    this.#at += length;
    return this.#payload.subarray(this.#at - length, this.#at);
  }
}

function judge(set: RecordSet, errorCode: number, endOffset: number): Fetched | undefined {
  if (errorCode === OFFSET_OUT_OF_RANGE || errorCode === UNKNOWN_TOPIC_OR_PARTITION) return { kind: 'lost', errorCode };
  const place = `${set.topic}/${set.partition}`;
  if (MOVED.has(errorCode)) {
    // At an error of this type kafkajs looks at the cluster anew and joins the group again.
    throw Object.assign(brokerRefused(`reading ${place}`, errorCode), { type: 'NOT_LEADER_FOR_PARTITION' });
  }
  if (errorCode !== 0) throw brokerRefused(`reading ${place}`, errorCode);
  const nextOffset = endOfSet(set.bytes);
  return nextOffset === undefined ? undefined : { kind: 'records', set, nextOffset, endOffset };
}
