import type { SluiceError } from '@sluice/core';
import { brokerRefused, meaningOfCode } from '../errors.ts';
import type { Exchange, KafkaCluster } from './kafkajs.ts';

export interface PartitionPlace {
  readonly partitionId: number;
  /** The broker that leads the partition; -1 for none. */
  readonly leader: number;
}

/** What the cluster says of a topic. */
export type Located =
  | { readonly kind: 'found'; readonly partitions: readonly PartitionPlace[] }
  /** It is not there, or being made. */
  | { readonly kind: 'absent' }
  /** Asking again will not help. */
  | { readonly kind: 'refused'; readonly error: SluiceError };

const METADATA = 3;

interface TopicMetadata {
  readonly topic: string;
  readonly topicErrorCode: number;
  readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[];
}

interface Metadata {
  readonly topicMetadata: readonly TopicMetadata[];
}

/**
 * Reads a topic that is not there, or not for us, as one without partitions. kafkajs fails an answer about many topics
 * for one of them, or for one partition without a leader, and with it the client's work on all the others.
 */
export function lenientMetadata(exchange: Exchange<unknown>): Exchange<unknown> {
  if (exchange.request.apiKey !== METADATA) return exchange;
  const { decode, parse } = exchange.response;
  return { ...exchange, response: { decode, parse: (decoded) => parse(withoutErrors(decoded as Metadata)) } };
}

function withoutErrors(metadata: Metadata): Metadata {
  const topicMetadata = metadata.topicMetadata.map((topic) => {
    const refusedWith = topic.topicErrorCode;
    if (refusedWith !== 0) return { ...topic, topicErrorCode: 0, refusedWith, partitionMetadata: [] };
    // Without a leader a partition has leader -1, which no broker is.
    const partitionMetadata = topic.partitionMetadata.map((partition) => ({ ...partition, partitionErrorCode: 0 }));
    return { ...topic, refusedWith, partitionMetadata };
  });
  return { ...metadata, topicMetadata };
}

/** Asks the cluster anew about topics. */
export async function locate(cluster: KafkaCluster, topics: readonly string[]): Promise<ReadonlyMap<string, Located>> {
  for (const topic of topics) cluster.targetTopics.add(topic);
  await cluster.refreshMetadata();
  return new Map(topics.map((topic) => [topic, located(cluster, topic)]));
}

/** What was said of a topic the last time that the cluster was asked. */
export function located(cluster: KafkaCluster, topic: string): Located {
  const known = cluster.brokerPool.metadata?.topicMetadata.find((each) => each.topic === topic);
  const code = known?.refusedWith ?? 0;
  if (code !== 0 && meaningOfCode(code) !== 'unavailable')
    return { kind: 'refused', error: brokerRefused(topic, code) };
  const partitions = cluster.findTopicPartitionMetadata(topic);
  return partitions.length > 0 ? { kind: 'found', partitions } : { kind: 'absent' };
}
