import { CLUSTER_OPERATIONS, NOT_REQUESTED, TOPIC_OPERATIONS } from '../authorized-operations.ts';
import type { Broker, KafkaApi } from '../context.ts';
import { newTopicRefusal } from '../new-topic.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';
import { NO_UUID } from '../protocol/types.ts';
import type { Writer } from '../protocol/writer.ts';
import { LEADER_EPOCH } from '../storage/partition.ts';
import { storageError } from '../storage/storage-errors.ts';
import type { Topic } from '../storage/topics.ts';
import { topicNameFault } from '../topic-name.ts';

/**
 * Metadata, 0 to 13, flexible from 9.
 *
 *     request   [v10+ topic_id uuid, name string (nullable from 10)] (null for all topics, in version 0 an empty array),
 *               v4+ allow_auto_topic_creation bool, v8 to 10 include_cluster_authorized_operations bool,
 *               v8+ include_topic_authorized_operations bool
 *     response  v3+ throttle_time_ms int32, brokers [node_id int32, host string, port int32, v1+ rack nullable string],
 *               v2+ cluster_id nullable string, v1+ controller_id int32,
 *               topics [error_code int16, name string (nullable from 12), v10+ topic_id uuid, v1+ is_internal bool,
 *               partitions [error_code int16, partition_index int32, leader_id int32, v7+ leader_epoch int32,
 *               replica_nodes [int32], isr_nodes [int32], v5+ offline_replicas [int32]],
 *               v8+ topic_authorized_operations int32], v8 to 10 cluster_authorized_operations int32,
 *               v13+ error_code int16
 *
 * A topic that is created on demand is there at once; Apache Kafka first answers that it does not exist.
 */
export const metadata: KafkaApi = {
  key: 3,
  name: 'Metadata',
  versions: [0, 13],
  flexibleFrom: 9,
  async handle(body, version, { broker }) {
    const request = readRequest(body, version);
    const { wanted } = request;
    const topics =
      wanted === null
        ? [...broker.topics].map(found)
        : await Promise.all(distinct(wanted).map((each) => lookUp(each, request.mayCreate, broker)));
    return (response) => {
      if (version >= 3) response.int32(0);
      response.array([broker], ({ nodeId, endpoint }) => {
        response.int32(nodeId);
        response.string(endpoint.host);
        response.int32(endpoint.port);
        if (version >= 1) response.nullableString(null);
        response.tags();
      });
      if (version >= 2) response.nullableString(broker.clusterId);
      if (version >= 1) response.int32(broker.nodeId);
      response.array(topics, (topic) => writeTopic(response, version, topic, broker.nodeId, request.topicOperations));
      if (version >= 8 && version <= 10) response.int32(request.clusterOperations ? CLUSTER_OPERATIONS : NOT_REQUESTED);
      if (version >= 13) response.int16(errorCode('NONE'));
      response.tags();
    };
  },
};

interface WantedTopic {
  readonly id: string;
  readonly name: string | null;
}

interface MetadataRequest {
  readonly wanted: readonly WantedTopic[] | null;
  readonly mayCreate: boolean;
  readonly clusterOperations: boolean;
  readonly topicOperations: boolean;
}

function readRequest(request: Reader, version: number): MetadataRequest {
  const readTopic = (): WantedTopic => {
    const id = version >= 10 ? request.uuid() : NO_UUID;
    const name = version >= 10 ? request.nullableString() : request.string();
    request.tags();
    return { id, name };
  };
  const listed = version >= 1 ? request.nullableArray(readTopic) : request.array(readTopic);
  const mayCreate = version >= 4 ? request.boolean() : true;
  const clusterOperations = version >= 8 && version <= 10 && request.boolean();
  const topicOperations = version >= 8 && request.boolean();
  request.tags();
  const wanted = version === 0 && listed?.length === 0 ? null : listed;
  return { wanted, mayCreate, clusterOperations, topicOperations };
}

function distinct(wanted: readonly WantedTopic[]): WantedTopic[] {
  return [...new Map(wanted.map((each) => [each.name ?? each.id, each])).values()];
}

interface TopicAnswer {
  readonly error: ErrorName;
  readonly name: string | null;
  readonly id: string;
  readonly topic?: Topic;
}

const found = (topic: Topic): TopicAnswer => ({ error: 'NONE', name: topic.name, id: topic.id, topic });

async function lookUp({ id, name }: WantedTopic, mayCreate: boolean, broker: Broker): Promise<TopicAnswer> {
  if (name === null) {
    const topic = broker.topics.getById(id);
    return topic === undefined ? { error: 'UNKNOWN_TOPIC_ID', name, id } : found(topic);
  }
  const topic = broker.topics.get(name);
  if (topic !== undefined) return found(topic);
  if (topicNameFault(name) !== undefined) return { error: 'INVALID_TOPIC_EXCEPTION', name, id: NO_UUID };
  const created = mayCreate && broker.autoCreateTopics ? await create(name, broker) : undefined;
  return created === undefined ? { error: 'UNKNOWN_TOPIC_OR_PARTITION', name, id: NO_UUID } : found(created);
}

async function create(name: string, broker: Broker): Promise<Topic | undefined> {
  const { topics, defaultPartitions } = broker;
  const wanted = { name, partitions: -1, replicationFactor: -1, assignments: new Map(), configs: [] };
  try {
    return await topics.exclusively(async () => {
      const existing = topics.get(name);
      if (existing !== undefined || newTopicRefusal(wanted, broker) !== undefined) return existing;
      return topics.create(name, defaultPartitions, {});
    });
  } catch (error) {
    storageError(error, broker, `creating topic ${name}`);
    return undefined;
  }
}

function writeTopic(
  response: Writer,
  version: number,
  { error, name, id, topic }: TopicAnswer,
  nodeId: number,
  operations: boolean,
): void {
  response.int16(errorCode(error));
  if (version >= 12) response.nullableString(name);
  else response.string(name ?? '');
  if (version >= 10) response.uuid(id);
  if (version >= 1) response.boolean(false);
  const node = (value: number): void => response.int32(value);
  response.array(topic?.partitions ?? [], ({ index }) => {
    response.int16(errorCode('NONE'));
    response.int32(index);
    response.int32(nodeId);
    if (version >= 7) response.int32(LEADER_EPOCH);
    response.array([nodeId], node);
    response.array([nodeId], node);
    if (version >= 5) response.array([], node);
    response.tags();
  });
  if (version >= 8) response.int32(operations && name !== null ? TOPIC_OPERATIONS : NOT_REQUESTED);
  response.tags();
}
