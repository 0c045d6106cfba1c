import type { Broker, KafkaApi } from '../context.ts';
import { type NewTopic, newTopicRefusal } from '../new-topic.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';
import { NO_UUID } from '../protocol/types.ts';
import type { Writer } from '../protocol/writer.ts';
import { repeatedIn } from '../repeated.ts';
import { storageError } from '../storage/storage-errors.ts';
import { effectiveConfigs } from '../topic-config.ts';

/**
 * CreateTopics, 2 to 7, flexible from 5.
 *
 *     request   [name string, num_partitions int32, replication_factor int16,
 *               assignments [partition_index int32, broker_ids [int32]], configs [name string, value nullable string]],
 *               timeout_ms int32, validate_only bool
 *     response  throttle_time_ms int32, [name string, v7+ topic_id uuid, error_code int16, error_message nullable string,
 *               v5+ num_partitions int32, replication_factor int16,
 *               configs nullable [name string, value nullable string, read_only bool, config_source int8, sensitive bool]]
 *
 * Answers once the topic is durable and can be written to.
 */
export const createTopics: KafkaApi = {
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexibleFrom: 5,
  async handle(request, version, { broker }) {
    const wanted = request.array(() => readTopic(request));
    request.int32();
    const validateOnly = request.boolean();
    request.tags();
    const results = await createAll(wanted, validateOnly, broker);
    return (response) => {
      response.int32(0);
      response.array(results, (result) => writeTopic(response, version, result));
      response.tags();
    };
  },
};

function readTopic(request: Reader): NewTopic {
  const name = request.string();
  const partitions = request.int32();
  const replicationFactor = request.int16();
  const assignments = request.array(() => {
    const assignment: [number, number[]] = [request.int32(), request.array(() => request.int32())];
    request.tags();
    return assignment;
  });
  const configs = request.array(() => {
    const config = { name: request.string(), value: request.nullableString() };
    request.tags();
    return config;
  });
  request.tags();
  return { name, partitions, replicationFactor, assignments: new Map(assignments), configs };
}

interface Result {
  readonly name: string;
  readonly id: string;
  readonly error: ErrorName;
  readonly message: string | null;
  readonly partitions: number;
  readonly configs: Readonly<Record<string, string>> | undefined;
}

function failed(name: string, error: ErrorName, message: string): Result {
  return { name, id: NO_UUID, error, message, partitions: -1, configs: undefined };
}

async function createAll(wanted: readonly NewTopic[], validateOnly: boolean, broker: Broker): Promise<Result[]> {
  const repeated = repeatedIn(wanted.map(({ name }) => name));
  const results: Result[] = [];
  for (const topic of wanted) {
    if (!repeated.has(topic.name)) results.push(await create(topic, validateOnly, broker));
  }
  for (const name of repeated) results.push(failed(name, 'INVALID_REQUEST', 'Duplicate topic name.'));
  return results;
}

function create(topic: NewTopic, validateOnly: boolean, broker: Broker): Promise<Result> {
  const { name, assignments } = topic;
  return broker.topics.exclusively(async () => {
    const refusal = newTopicRefusal(topic, broker);
    if (refusal !== undefined) return failed(name, refusal.error, refusal.message);
    const counted = topic.partitions === -1 ? broker.defaultPartitions : topic.partitions;
    const partitions = assignments.size > 0 ? assignments.size : counted;
    const configs = Object.fromEntries(topic.configs.map((config) => [config.name, config.value ?? '']));
    const created: Result = { name, id: NO_UUID, error: 'NONE', message: null, partitions, configs };
    if (validateOnly) return created;
    try {
      const { id } = await broker.topics.create(name, partitions, configs);
      return { ...created, id };
    } catch (error) {
      storageError(error, broker, `creating topic ${name}`);
      return failed(name, 'KAFKA_STORAGE_ERROR', 'The topic could not be stored.');
    }
  });
}

function writeTopic(
  response: Writer,
  version: number,
  { name, id, error, message, partitions, configs }: Result,
): void {
  response.string(name);
  if (version >= 7) response.uuid(id);
  response.int16(errorCode(error));
  response.nullableString(message);
  if (version >= 5) {
    response.int32(partitions);
    response.int16(configs === undefined ? -1 : 1);
    response.nullableArray(configs === undefined ? [] : effectiveConfigs(configs), (config) => {
      response.string(config.name);
      response.nullableString(config.value);
      response.boolean(false);
      response.int8(config.source);
      response.boolean(false);
      response.tags();
    });
  }
  response.tags();
}
