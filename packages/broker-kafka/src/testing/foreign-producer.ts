import type { ForeignRecord } from '@sluice/contract-tests';
import { waitFor } from '@sluice/testing';
import type { KafkaCluster } from '../client/kafkajs.ts';
import { produce } from '../produce/produce-api.ts';
import { varintSize, writeVarint } from '../records/varint.ts';

const NO_PRODUCER = { producerId: -1n, producerEpoch: -1, baseSequence: -1 };

/** UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER: a topic just made may not be led yet. */
const NOT_YET: readonly (number | undefined)[] = [3, 5, 6];

/** Writes a record as any client may, nulls included, which neither kafkajs nor Sluice's publisher writes. */
export async function produceForeign(cluster: KafkaCluster, record: ForeignRecord): Promise<void> {
  const { topic } = record;
  await cluster.connect();
  await cluster.addTargetTopic(topic);
  const said = await waitFor('a leader that takes the foreign record', async () => {
    const code = await produceOnce(cluster, record);
    if (!NOT_YET.includes(code)) return { code };
    await cluster.refreshMetadata();
    return undefined;
  });
  if (said.code !== 0) throw new Error(`a foreign record was refused: error ${said.code}`);
}

/** @returns what the broker says of it: 0 for no error */
async function produceOnce(cluster: KafkaCluster, record: ForeignRecord): Promise<number | undefined> {
  const { topic, partition, timestampMs } = record;
  const leader = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
  const node = await cluster.findBroker({ nodeId: String(leader) });
  const records = [{ body: bodyOf(record), timestampMs }];
  const [answer] = await produce(node, [{ topic, partition, records, stamp: NO_PRODUCER }], 5_000);
  return answer?.errorCode;
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
