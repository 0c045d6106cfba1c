import type { Broker } from './context.ts';
import type { ErrorName } from './protocol/errors.ts';
import { errorCode } from './protocol/errors.ts';
import type { Writer } from './protocol/writer.ts';
import { repeatedIn } from './repeated.ts';
import { RESOURCE } from './resource.ts';
import { storageError } from './storage/storage-errors.ts';
import { topicConfigFault } from './topic-config.ts';
import { topicNameFault } from './topic-name.ts';

export interface Resource {
  readonly type: number;
  readonly name: string;
}

export interface AlterResult extends Resource {
  readonly error: ErrorName;
  readonly message: string | null;
}

export type ConfigChange =
  | { readonly kind: 'changed'; readonly configs: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly error: ErrorName; readonly message: string | null };

/** Changes one resource after the other; one that is named twice is refused, as by Apache Kafka. */
export async function alterAll<Wanted extends Resource>(
  resources: readonly Wanted[],
  validateOnly: boolean,
  broker: Broker,
  change: (wanted: Wanted, configs: Readonly<Record<string, string>>) => ConfigChange,
): Promise<AlterResult[]> {
  const keyOf = ({ type, name }: Resource): string => `${type} ${name}`;
  const repeated = repeatedIn(resources.map(keyOf));
  const results: AlterResult[] = [];
  for (const wanted of resources) {
    const { type, name } = wanted;
    results.push(
      repeated.has(keyOf(wanted))
        ? { type, name, error: 'INVALID_REQUEST', message: 'Each resource must appear at most once.' }
        : await alterConfigs({ type, name }, validateOnly, broker, (configs) => change(wanted, configs)),
    );
  }
  return results;
}

/**
 * Changes a topic's settings: `change` turns those it has into those it shall have, which are then checked and made
 * durable.
 */
function alterConfigs(
  resource: Resource,
  validateOnly: boolean,
  broker: Broker,
  change: (configs: Readonly<Record<string, string>>) => ConfigChange,
): Promise<AlterResult> {
  const refused = (error: ErrorName, message: string | null): AlterResult => ({ ...resource, error, message });
  const { type, name } = resource;
  return broker.topics.exclusively(async () => {
    if (type === RESOURCE.broker)
      return refused('INVALID_REQUEST', "The broker's settings cannot be changed while it runs.");
    if (type !== RESOURCE.topic) return refused('INVALID_REQUEST', `Unknown resource type ${type}`);
    const nameFault = topicNameFault(name);
    if (nameFault !== undefined) return refused('INVALID_TOPIC_EXCEPTION', nameFault);
    const topic = broker.topics.get(name);
    if (topic === undefined) return refused('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
    const changed = change(topic.configs);
    if (changed.kind === 'refused') return refused(changed.error, changed.message);
    for (const [key, value] of Object.entries(changed.configs)) {
      const fault = topicConfigFault(key, value);
      if (fault !== undefined) return refused('INVALID_CONFIG', fault);
    }
    try {
      if (!validateOnly) await broker.topics.configure(topic, changed.configs);
    } catch (error) {
      storageError(error, broker, `changing the settings of topic ${name}`);
      return refused('KAFKA_STORAGE_ERROR', 'The settings could not be stored.');
    }
    return { ...resource, error: 'NONE', message: null };
  });
}

/** The response's body, the same for both ways to change settings. */
export function writeAlterResults(response: Writer, results: readonly AlterResult[]): void {
  response.int32(0);
  response.array(results, ({ error, message, type, name }) => {
    response.int16(errorCode(error));
    response.nullableString(message);
    response.int8(type);
    response.string(name);
    response.tags();
  });
  response.tags();
}
