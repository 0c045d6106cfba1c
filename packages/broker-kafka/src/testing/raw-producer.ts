import type { KafkaCluster } from '../client/kafkajs.ts';

/** Sends a batch as it is, as a client may that makes its own. */
export async function produceRaw(
  cluster: KafkaCluster,
  topic: string,
  partition: number,
  batch: Buffer,
): Promise<void> {
  await cluster.connect();
  await cluster.addTargetTopic(topic);
  const leader = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
  const node = await cluster.findBroker({ nodeId: String(leader) });
  const request = Buffer.concat([
    // No transaction, acks=all, a timeout of 5 s, one topic.
    Buffer.from('ffffffff0000138800000001', 'hex'),
    int16(Buffer.byteLength(topic)),
    Buffer.from(topic),
    int32(1),
    int32(partition),
    int32(batch.length),
    batch,
  ]);
  const answer = await node.connectionPool.send<Buffer>({
    request: {
      apiKey: 0,
      apiVersion: 7,
      apiName: 'Produce',
      encode: async () => ({ buf: request, buffer: request }),
    },
    response: {
      decode: async (payload) => ({ clientSideThrottleTime: 0, payload }),
      parse: async (decoded) => (decoded as { readonly payload: Buffer }).payload,
    },
  });
  const errorCode = answer.readInt16BE(4 + 2 + Buffer.byteLength(topic) + 4 + 4);
  if (errorCode !== 0) throw new Error(`a raw batch was refused: error ${errorCode}`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
