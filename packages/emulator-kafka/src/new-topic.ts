import type { Broker } from './context.ts';
import type { ErrorName } from './protocol/errors.ts';
import { topicConfigFault } from './topic-config.ts';
import { topicNameFault } from './topic-name.ts';

/** A topic that a client wants. -1 stands for the default number of partitions or replicas. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Where the client places the partitions itself: the brokers of each, by partition. */
  readonly assignments: ReadonlyMap<number, readonly number[]>;
  readonly configs: readonly { readonly name: string; readonly value: string | null }[];
}

export interface Refusal {
  readonly error: ErrorName;
  readonly message: string;
}

/** More than Apache Kafka creates for one request. */
const MAX_PARTITIONS = 10_000;

/** Why the topic cannot be created, in the words of Apache Kafka; undefined where it can. */
export function newTopicRefusal(topic: NewTopic, broker: Broker): Refusal | undefined {
  const { name, configs } = topic;
  const nameFault = topicNameFault(name);
  if (nameFault !== undefined) return { error: 'INVALID_TOPIC_EXCEPTION', message: nameFault };
  const other = broker.topics.collidesWith(name);
  if (other !== undefined) {
    const message = `Topic '${name}' collides with existing topic: ${other}`;
    return { error: 'INVALID_TOPIC_EXCEPTION', message };
  }
  if (broker.topics.get(name) !== undefined) {
    return { error: 'TOPIC_ALREADY_EXISTS', message: `Topic '${name}' already exists.` };
  }
  for (const config of configs) {
    const message = topicConfigFault(config.name, config.value);
    if (message !== undefined) return { error: 'INVALID_CONFIG', message };
  }
  return topic.assignments.size > 0 ? assignedRefusal(topic, broker.nodeId) : countRefusal(topic);
}

function countRefusal({ partitions, replicationFactor }: NewTopic): Refusal | undefined {
  if (replicationFactor < -1 || replicationFactor === 0) {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.';
    return { error: 'INVALID_REPLICATION_FACTOR', message };
  }
  if (partitions < -1 || partitions === 0) {
    const message = 'Number of partitions was set to an invalid non-positive value.';
    return { error: 'INVALID_PARTITIONS', message };
  }
  if (replicationFactor > 1) {
    const message = `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ${replicationFactor} cannot be reached because only 1 broker(s) are registered.`;
    return { error: 'INVALID_REPLICATION_FACTOR', message };
  }
  return tooManyPartitions(partitions);
}

/** Also for partitions that are added later. */
export function tooManyPartitions(partitions: number): Refusal | undefined {
  if (partitions <= MAX_PARTITIONS) return undefined;
  return { error: 'POLICY_VIOLATION', message: 'Excessively large number of partitions per request.' };
}

function assignedRefusal(topic: NewTopic, nodeId: number): Refusal | undefined {
  const { partitions, replicationFactor, assignments } = topic;
  const unset = 'A manual partition assignment was specified, but';
  if (replicationFactor !== -1) {
    return { error: 'INVALID_REQUEST', message: `${unset} replication factor was not set to -1.` };
  }
  if (partitions !== -1) return { error: 'INVALID_REQUEST', message: `${unset} numPartitions was not set to -1.` };
  for (let index = 0; index < assignments.size; index += 1) {
    const brokers = assignments.get(index);
    if (brokers === undefined) {
      return {
        error: 'INVALID_REPLICA_ASSIGNMENT',
        message: 'partitions should be a consecutive 0-based integer sequence',
      };
    }
    const refusal = replicasRefusal(brokers, nodeId);
    if (refusal !== undefined) return refusal;
  }
  return tooManyPartitions(assignments.size);
}

/** Why the one broker there is cannot be the only replica. */
export function replicasRefusal(brokers: readonly number[], nodeId: number): Refusal | undefined {
  const error = 'INVALID_REPLICA_ASSIGNMENT';
  if (brokers.length === 0)
    return { error, message: 'The manual partition assignment includes an empty replica list.' };
  const other = brokers.find((id) => id !== nodeId);
  if (other !== undefined) {
    return {
      error,
      message: `The manual partition assignment includes broker ${other}, but no such broker is registered.`,
    };
  }
  if (brokers.length === 1) return undefined;
  return { error, message: `The manual partition assignment includes the broker ${nodeId} more than once.` };
}
