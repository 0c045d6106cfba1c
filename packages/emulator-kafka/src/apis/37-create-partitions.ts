import type { Broker, KafkaApi } from '../context.ts';
import { type Refusal, replicasRefusal, tooManyPartitions } from '../new-topic.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';
import { repeatedIn } from '../repeated.ts';
import { storageError } from '../storage/storage-errors.ts';

/**
 * CreatePartitions, 0 to 3, flexible from 2.
 *
 *     request   [name string, count int32, assignments nullable [broker_ids [int32]]], timeout_ms int32,
 *               validate_only bool
 *     response  throttle_time_ms int32, [name string, error_code int16, error_message nullable string]
 */
export const createPartitions: KafkaApi = {
  key: 37,
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleFrom: 2,
  async handle(request, _version, { broker }) {
    const wanted = request.array(() => readTopic(request));
    request.int32();
    const validateOnly = request.boolean();
    request.tags();
    const repeated = repeatedIn(wanted.map(({ name }) => name));
    const results: Result[] = [];
    for (const topic of new Map(wanted.map((each) => [each.name, each])).values()) {
      results.push(
        repeated.has(topic.name)
          ? { name: topic.name, error: 'INVALID_REQUEST', message: 'Duplicate topic name.' }
          : await extend(topic, validateOnly, broker),
      );
    }
    return (response) => {
      response.int32(0);
      response.array(results, ({ name, error, message }) => {
        response.string(name);
        response.int16(errorCode(error));
        response.nullableString(message);
        response.tags();
      });
      response.tags();
    };
  },
};

interface WantedPartitions {
  readonly name: string;
  readonly count: number;
  readonly assignments: readonly (readonly number[])[] | null;
}

function readTopic(request: Reader): WantedPartitions {
  const name = request.string();
  const count = request.int32();
  const assignments = request.nullableArray(() => {
    const brokers = request.array(() => request.int32());
    request.tags();
    return brokers;
  });
  request.tags();
  return { name, count, assignments };
}

interface Result {
  readonly name: string;
  readonly error: ErrorName;
  readonly message: string | null;
}

function extend(wanted: WantedPartitions, validateOnly: boolean, broker: Broker): Promise<Result> {
  const { name, count } = wanted;
  return broker.topics.exclusively(async () => {
    const topic = broker.topics.get(name);
    if (topic === undefined) return { name, error: 'UNKNOWN_TOPIC_OR_PARTITION', message: null };
    const refusal = refusalOf(wanted, topic.partitions.length, broker.nodeId);
    if (refusal !== undefined) return { name, ...refusal };
    try {
      if (!validateOnly) await broker.topics.addPartitions(topic, count);
    } catch (error) {
      storageError(error, broker, `adding partitions to topic ${name}`);
      return { name, error: 'KAFKA_STORAGE_ERROR', message: 'The partitions could not be stored.' };
    }
    return { name, error: 'NONE', message: null };
  });
}

/** In the words of Apache Kafka. */
function refusalOf({ name, count, assignments }: WantedPartitions, has: number, nodeId: number): Refusal | undefined {
  if (count === has) return { error: 'INVALID_PARTITIONS', message: `Topic already has ${has} partition(s).` };
  if (count < has) {
    const message = `The topic ${name} currently has ${has} partition(s); ${count} would not be an increase.`;
    return { error: 'INVALID_PARTITIONS', message };
  }
  if (assignments !== null && assignments.length !== count - has) {
    const message = `Attempted to add ${count - has} additional partition(s), but only ${assignments.length} assignment(s) were specified.`;
    return { error: 'INVALID_REPLICA_ASSIGNMENT', message };
  }
  for (const brokers of assignments ?? []) {
    const refusal = replicasRefusal(brokers, nodeId);
    if (refusal !== undefined) return refusal;
  }
  return tooManyPartitions(count);
}
