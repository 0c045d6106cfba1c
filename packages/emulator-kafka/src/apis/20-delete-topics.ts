import type { Broker, KafkaApi } from '../context.ts';
import { type ErrorName, errorCode } from '../protocol/errors.ts';
import type { Reader } from '../protocol/reader.ts';
import { NO_UUID } from '../protocol/types.ts';
import { repeatedIn } from '../repeated.ts';
import { storageError } from '../storage/storage-errors.ts';

/**
 * DeleteTopics, 1 to 6, flexible from 4.
 *
 *     request   before v6 [name string], v6+ [name nullable string, topic_id uuid], timeout_ms int32
 *     response  throttle_time_ms int32, [name string (nullable from 6), v6+ topic_id uuid, error_code int16,
 *               v5+ error_message nullable string]
 *
 * Answers once the topic is gone for good: its records, and the offsets that groups committed for it.
 */
export const deleteTopics: KafkaApi = {
  key: 20,
  name: 'DeleteTopics',
  versions: [1, 6],
  flexibleFrom: 4,
  async handle(request, version, { broker }) {
    const wanted = request.array(() => readTopic(request, version));
    request.int32();
    request.tags();
    const results = await deleteAll(wanted, broker);
    return (response) => {
      response.int32(0);
      response.array(results, ({ name, id, error, message }) => {
        if (version >= 6) {
          response.nullableString(name);
          response.uuid(id);
        } else {
          response.string(name ?? '');
        }
        response.int16(errorCode(error));
        if (version >= 5) response.nullableString(message);
        response.tags();
      });
      response.tags();
    };
  },
};

interface WantedTopic {
  readonly name: string | null;
  readonly id: string;
}

function readTopic(request: Reader, version: number): WantedTopic {
  if (version < 6) return { name: request.string(), id: NO_UUID };
  const topic = { name: request.nullableString(), id: request.uuid() };
  request.tags();
  return topic;
}

interface Result extends WantedTopic {
  readonly error: ErrorName;
  readonly message: string | null;
}

async function deleteAll(wanted: readonly WantedTopic[], broker: Broker): Promise<Result[]> {
  const repeated = repeatedIn(wanted.map(({ name, id }) => name ?? id));
  const results: Result[] = [];
  const seen = new Set<string>();
  for (const topic of wanted) {
    const key = topic.name ?? topic.id;
    if (seen.has(key)) continue;
    seen.add(key);
    results.push(
      repeated.has(key)
        ? { ...topic, error: 'INVALID_REQUEST', message: 'Duplicate topic name.' }
        : await deleteTopic(topic, broker),
    );
  }
  return results;
}

function deleteTopic(wanted: WantedTopic, broker: Broker): Promise<Result> {
  const { topics } = broker;
  return topics.exclusively(async () => {
    const { name, id } = wanted;
    const topic = name === null ? topics.getById(id) : topics.get(name);
    if (topic === undefined) {
      const error = name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION';
      return {
        ...wanted,
        error,
        message: `This server does not host this ${name === null ? 'topic ID' : 'topic-partition'}.`,
      };
    }
    try {
      await topics.delete(topic);
    } catch (error) {
      storageError(error, broker, `deleting topic ${topic.name}`);
      return { ...wanted, error: 'KAFKA_STORAGE_ERROR', message: 'The topic could not be deleted.' };
    }
    return { name: topic.name, id: topic.id, error: 'NONE', message: null };
  });
}
