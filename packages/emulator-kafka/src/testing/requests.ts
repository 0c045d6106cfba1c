import { ERRORS, type ErrorName } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';
import type { RawClient } from './raw-client.ts';

/*
 * One version of each API that the tests speak over raw frames.
 */

export function errorName(code: number): ErrorName {
  const found = Object.entries(ERRORS).find(([, error]) => error.code === code);
  if (found === undefined) throw new Error(`error code ${code} is not in the table`);
  return found[0] as ErrorName;
}

export interface CreatedTopic {
  readonly error: ErrorName;
  readonly message: string | null;
}

export async function createTopic(
  client: RawClient,
  name: string,
  partitions = 1,
  configs: Readonly<Record<string, string>> = {},
): Promise<CreatedTopic> {
  const [result] = await client.request(
    {
      key: 19,
      version: 4,
      body(writer) {
        writer.array([name], (topic) => {
          writer.string(topic);
          writer.int32(partitions);
          writer.int16(-1);
          writer.array([], () => undefined);
          writer.array(Object.entries(configs), ([key, value]) => {
            writer.string(key);
            writer.nullableString(value);
          });
        });
        writer.int32(10_000);
        writer.boolean(false);
      },
    },
    (body) => {
      body.int32();
      return body.array(() => {
        body.string();
        return { error: errorName(body.int16()), message: body.nullableString() };
      });
    },
  );
  if (result === undefined) throw new Error('no answer for the topic');
  return result;
}

export async function deleteTopic(client: RawClient, name: string): Promise<ErrorName | undefined> {
  const [result] = await client.request(
    {
      key: 20,
      version: 1,
      body(writer) {
        writer.array([name], (topic) => writer.string(topic));
        writer.int32(10_000);
      },
    },
    (body) => {
      body.int32();
      return body.array(() => {
        body.string();
        return errorName(body.int16());
      });
    },
  );
  return result;
}

export interface Produced {
  readonly error: ErrorName;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
}

interface ProduceOptions {
  readonly partition?: number;
  readonly acks?: number;
  readonly transactionalId?: string | null;
  readonly version?: number;
}

const PRODUCE_VERSION = 7;

export function sendProduce(
  client: RawClient,
  topic: string,
  records: Buffer | null,
  options: ProduceOptions = {},
): void {
  const { partition = 0, acks = -1, transactionalId = null, version = PRODUCE_VERSION } = options;
  client.send({
    key: 0,
    version,
    unanswered: acks === 0,
    body(writer) {
      writer.nullableString(transactionalId);
      writer.int16(acks);
      writer.int32(10_000);
      writer.array([topic], (name) => {
        writer.string(name);
        writer.array([partition], (index) => {
          writer.int32(index);
          writer.nullableBytes(records);
        });
      });
    },
  });
}

export async function receiveProduced(client: RawClient, version = PRODUCE_VERSION): Promise<Produced> {
  const body = await client.receive();
  const [result] = body.array(() => {
    body.string();
    return body.array(() => {
      body.int32();
      const error = errorName(body.int16());
      const baseOffset = body.int64();
      const logAppendTimeMs = body.int64();
      return { error, baseOffset, logAppendTimeMs, logStartOffset: version >= 5 ? body.int64() : -1 };
    });
  });
  const produced = result?.[0];
  if (produced === undefined) throw new Error('no answer for the partition');
  return produced;
}

export interface RefusedRecords {
  readonly error: ErrorName;
  readonly logStartOffset: number;
  readonly recordErrors: readonly { readonly index: number; readonly message: string | null }[];
  readonly message: string | null;
}

/** What version 8 tells of a refused batch, for partition 0. */
export async function produceRefused(client: RawClient, topic: string, records: Buffer): Promise<RefusedRecords> {
  sendProduce(client, topic, records, { version: 8 });
  const body = await client.receive();
  const [topics] = body.array(() => {
    body.string();
    return body.array(() => {
      body.int32();
      const error = errorName(body.int16());
      body.int64();
      body.int64();
      const logStartOffset = body.int64();
      const recordErrors = body.array(() => ({ index: body.int32(), message: body.nullableString() }));
      return { error, logStartOffset, recordErrors, message: body.nullableString() };
    });
  });
  const [refused] = topics ?? [];
  if (refused === undefined) throw new Error('no answer for the partition');
  return refused;
}

export function produce(
  client: RawClient,
  topic: string,
  records: Buffer | null,
  options: ProduceOptions = {},
): Promise<Produced> {
  sendProduce(client, topic, records, options);
  return receiveProduced(client, options.version);
}

export interface FetchedPartition {
  readonly error: ErrorName;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly records: Buffer;
}

export interface FetchOptions {
  readonly offset?: number;
  readonly partitions?: readonly number[];
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly partitionMaxBytes?: number;
  readonly sessionEpoch?: number;
}

/** Asks for partitions of one topic, all from the same offset. */
export function sendFetch(client: RawClient, topic: string, options: FetchOptions = {}): void {
  const {
    offset = 0,
    partitions = [0],
    maxWaitMs = 0,
    minBytes = 1,
    maxBytes = 1e6,
    partitionMaxBytes = 1e6,
  } = options;
  client.send({
    key: 1,
    version: 11,
    body(writer) {
      writer.int32(-1);
      writer.int32(maxWaitMs);
      writer.int32(minBytes);
      writer.int32(maxBytes);
      writer.int8(0);
      writer.int32(0);
      writer.int32(options.sessionEpoch ?? -1);
      writer.array([topic], (name) => {
        writer.string(name);
        writer.array(partitions, (index) => {
          writer.int32(index);
          writer.int32(-1);
          writer.int64(offset);
          writer.int64(-1);
          writer.int32(partitionMaxBytes);
        });
      });
      writer.array([], () => undefined);
      writer.string('');
    },
  });
}

export async function receiveFetched(client: RawClient): Promise<FetchedPartition[]> {
  const body = await client.receive();
  body.int32();
  const error = errorName(body.int16());
  if (error !== 'NONE') throw new Error(error);
  body.int32();
  return (
    body.array(() => {
      body.string();
      return body.array(() => readFetchedPartition(body));
    })[0] ?? []
  );
}

function readFetchedPartition(body: Reader): FetchedPartition {
  body.int32();
  const error = errorName(body.int16());
  const highWatermark = body.int64();
  body.int64();
  const logStartOffset = body.int64();
  body.nullableArray(() => undefined);
  body.int32();
  return { error, highWatermark, logStartOffset, records: body.bytes() };
}

export async function fetch(client: RawClient, topic: string, options: FetchOptions = {}): Promise<FetchedPartition> {
  sendFetch(client, topic, options);
  const [partition] = await receiveFetched(client);
  if (partition === undefined) throw new Error('no answer for the partition');
  return partition;
}

export interface ListedOffset {
  readonly error: ErrorName;
  readonly timestampMs: number;
  readonly offset: number;
}

export async function listOffset(client: RawClient, topic: string, timestampMs: number): Promise<ListedOffset> {
  const [result] = await client.request(
    {
      key: 2,
      version: 7,
      flexible: true,
      body(writer) {
        writer.int32(-1);
        writer.int8(0);
        writer.array([topic], (name) => {
          writer.string(name);
          writer.array([0], (index) => {
            writer.int32(index);
            writer.int32(-1);
            writer.int64(timestampMs);
            writer.tags();
          });
          writer.tags();
        });
        writer.tags();
      },
    },
    (body) => {
      body.int32();
      const topics = body.array(() => {
        body.string();
        const partitions = body.array(() => {
          body.int32();
          const listed = { error: errorName(body.int16()), timestampMs: body.int64(), offset: body.int64() };
          body.int32();
          body.tags();
          return listed;
        });
        body.tags();
        return partitions[0];
      });
      body.tags();
      return topics;
    },
  );
  if (result === undefined) throw new Error('no answer for the partition');
  return result;
}

export function initProducerId(client: RawClient): Promise<number> {
  return client.request(
    {
      key: 22,
      version: 1,
      body(writer) {
        writer.nullableString(null);
        writer.int32(60_000);
      },
    },
    (body) => {
      body.int32();
      const error = errorName(body.int16());
      if (error !== 'NONE') throw new Error(error);
      const producerId = body.int64();
      body.int16();
      return producerId;
    },
  );
}

export function deleteRecords(
  client: RawClient,
  topic: string,
  offset: number,
): Promise<{ low: number; error: ErrorName }> {
  return client.request(
    {
      key: 21,
      version: 0,
      body(writer) {
        writer.array([topic], (name) => {
          writer.string(name);
          writer.array([0], (index) => {
            writer.int32(index);
            writer.int64(offset);
          });
        });
        writer.int32(10_000);
      },
    },
    (body) => {
      body.int32();
      const [topics] = body.array(() => {
        body.string();
        return body.array(() => {
          body.int32();
          const low = body.int64();
          return { low, error: errorName(body.int16()) };
        });
      });
      const [result] = topics ?? [];
      if (result === undefined) throw new Error('no answer for the partition');
      return result;
    },
  );
}
