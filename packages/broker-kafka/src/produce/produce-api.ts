import { SluiceError } from '@sluice/core';
import type { Exchange, KafkaNode } from '../client/kafkajs.ts';
import { type BatchStamp, type EncodedRecord, mostBatchBytes, writeBatch } from '../records/record-writer.ts';

/**
 * Produce, key 0, versions 3 to 7 (https://kafka.apache.org/protocol#The_Messages_Produce), with acks=all. Unlike
 * kafkajs' own it tells of every partition, also where some were refused.
 *
 *     request  => transactionalId nullable string, acks int16, timeoutMs int32, [topic string, [partition int32, bytes]]
 *     response => [topic string, [partition int32, error int16, baseOffset int64, logAppendTime int64,
 *                 logStartOffset int64 (from 5)]], throttleMs int32
 */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly EncodedRecord[];
  readonly stamp: BatchStamp;
}

/** What the broker said of one partition's batch: an error code of the protocol, 0 for none. */
export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: number;
}

const PRODUCE = 0;
const OLDEST_VERSION = 3;
const NEWEST_VERSION = 7;
const ACKS_ALL = -1;

export async function produce(
  node: KafkaNode,
  batches: readonly PartitionBatch[],
  timeoutMs: number,
): Promise<readonly PartitionAnswer[]> {
  return await node.connectionPool.send(produceExchange(versionOf(node), batches, timeoutMs));
}

function versionOf({ versions, connectionPool }: KafkaNode): number {
  const newest = versions?.[PRODUCE]?.maxVersion ?? NEWEST_VERSION;
  if (newest >= OLDEST_VERSION) return Math.min(newest, NEWEST_VERSION);
  const { host, port } = connectionPool;
  throw new SluiceError('misconfigured', `the broker ${host}:${port} is older than Kafka 0.11: it takes no headers`);
}

export function produceExchange(
  apiVersion: number,
  batches: readonly PartitionBatch[],
  timeoutMs: number,
): Exchange<readonly PartitionAnswer[]> {
  return {
    request: {
      apiKey: PRODUCE,
      apiVersion,
      apiName: 'Produce',
      encode: async () => {
        const buffer = encodeRequest(batches, timeoutMs);
        return { buf: buffer, buffer };
      },
    },
    response: {
      decode: async (payload) => decodeResponse(payload, apiVersion),
      parse: async (decoded) => (decoded as DecodedResponse).answers,
    },
  };
}

function encodeRequest(batches: readonly PartitionBatch[], timeoutMs: number): Buffer {
  const topics = Map.groupBy(batches, ({ topic }) => topic);
  let mostBytes = 2 + 2 + 4 + 4;
  for (const topic of topics.keys()) mostBytes += 2 + Buffer.byteLength(topic) + 4;
  for (const { records } of batches) mostBytes += 4 + 4 + mostBatchBytes(records);

  const request = Buffer.allocUnsafe(mostBytes);
  let at = request.writeInt16BE(-1, 0);
  at = request.writeInt16BE(ACKS_ALL, at);
  at = request.writeInt32BE(timeoutMs, at);
  at = request.writeInt32BE(topics.size, at);
  for (const [topic, parts] of topics) {
    at = request.writeInt16BE(Buffer.byteLength(topic), at);
    at += request.write(topic, at);
    at = request.writeInt32BE(parts.length, at);
    for (const { partition, records, stamp } of parts) {
      const batchAt = request.writeInt32BE(partition, at) + 4;
      at = writeBatch(request, batchAt, records, stamp);
      request.writeInt32BE(at - batchAt, batchAt - 4);
    }
  }
  return request.subarray(0, at);
}

interface DecodedResponse {
  readonly answers: readonly PartitionAnswer[];
  readonly clientSideThrottleTime: number;
}

function decodeResponse(payload: Buffer, version: number): DecodedResponse {
  const answers: PartitionAnswer[] = [];
  let at = 4;
  for (let topics = payload.readInt32BE(0); topics > 0; topics--) {
    const nameLength = payload.readInt16BE(at);
    const topic = payload.toString('utf8', at + 2, at + 2 + nameLength);
    at += 2 + nameLength + 4;
    for (let partitions = payload.readInt32BE(at - 4); partitions > 0; partitions--) {
      const partition = payload.readInt32BE(at);
      const errorCode = payload.readInt16BE(at + 4);
      const baseOffset = Number(payload.readBigInt64BE(at + 6));
      answers.push({ topic, partition, errorCode, baseOffset });
      at += version >= 5 ? 30 : 22;
    }
  }
  return { answers, clientSideThrottleTime: payload.readInt32BE(at) };
}
