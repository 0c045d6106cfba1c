import type { ForeignRecord } from '@sluice/contract-tests';
import type { KafkaCluster } from '../client/kafkajs.ts';
import { produce } from '../produce/produce-api.ts';
import { varintSize, writeVarint } from '../records/varint.ts';

const NO_PRODUCER = { producerId: -1n, producerEpoch: -1, baseSequence: -1 };

/** Writes a record as any client may, nulls included, which neither kafkajs nor Sluice's publisher writes. */
export async function produceForeign(cluster: KafkaCluster, record: ForeignRecord): Promise<void> {
  const { topic, partition, timestampMs } = record;
  await cluster.connect();
  await cluster.addTargetTopic(topic);
  const leader = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
  const node = await cluster.findBroker({ nodeId: String(leader) });
  const records = [{ body: bodyOf(record), timestampMs }];
  const [answer] = await produce(node, [{ topic, partition, records, stamp: NO_PRODUCER }], 5_000);
  if (answer?.errorCode !== 0) throw new Error(`a foreign record was refused: error ${answer?.errorCode}`);
}

function bodyOf({ key, value, headers }: ForeignRecord): Buffer {
  const named = headers.flatMap((header) => [Buffer.from(header.name), header.value]);
  return Buffer.concat([withLength(key), withLength(value), varint(headers.length), ...named.map(withLength)]);
}

function withLength(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(varintSize(value));
  writeVarint(bytes, 0, value);
  return bytes;
}
