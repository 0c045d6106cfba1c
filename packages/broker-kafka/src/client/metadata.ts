import type { Exchange } from './kafkajs.ts';

const METADATA = 3;
/** UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE */
const ABSENT: ReadonlySet<number> = new Set([3, 5]);

interface Metadata {
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[];
  }[];
}

/**
 * Reads a topic that is not there as one without partitions. kafkajs fails an answer about many topics for one that is
 * being made or deleted, or for one partition without a leader, and with it the client's work on all the others.
 */
export function lenientMetadata(exchange: Exchange<unknown>): Exchange<unknown> {
  if (exchange.request.apiKey !== METADATA) return exchange;
  const { decode, parse } = exchange.response;
  return { ...exchange, response: { decode, parse: (decoded) => parse(withoutErrors(decoded as Metadata)) } };
}

function withoutErrors(metadata: Metadata): Metadata {
  const topicMetadata = metadata.topicMetadata.map((topic) => {
    if (ABSENT.has(topic.topicErrorCode)) return { ...topic, topicErrorCode: 0, partitionMetadata: [] };
    // Without a leader a partition has leader -1, which no broker is.
    const partitionMetadata = topic.partitionMetadata.map((partition) => ({ ...partition, partitionErrorCode: 0 }));
    return { ...topic, partitionMetadata };
  });
  return { ...metadata, topicMetadata };
}
