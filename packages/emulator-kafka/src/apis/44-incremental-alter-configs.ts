import { alterAll, type ConfigChange, writeAlterResults } from '../alter-configs.ts';
import type { KafkaApi } from '../context.ts';
import { listOf, TOPIC_CONFIGS } from '../topic-config.ts';

/**
 * IncrementalAlterConfigs, 0 to 1, flexible from 1.
 *
 *     request   [resource_type int8, resource_name string, [name string, config_operation int8, value nullable string]],
 *               validate_only bool
 *     response  throttle_time_ms int32, [error_code int16, error_message nullable string, resource_type int8,
 *               resource_name string]
 *
 * Operations: 0 set, 1 delete, 2 append to a list, 3 subtract from a list.
 *
 * Gaps: topics only.
 */
export const incrementalAlterConfigs: KafkaApi = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: [0, 1],
  flexibleFrom: 1,
  async handle(request, _version, { broker }) {
    const resources = request.array(() => {
      const resource = { type: request.int8(), name: request.string() };
      const changes = request.array(() => {
        const change: Change = { name: request.string(), operation: request.int8(), value: request.nullableString() };
        request.tags();
        return change;
      });
      request.tags();
      return { ...resource, changes };
    });
    const validateOnly = request.boolean();
    request.tags();
    const answers = await alterAll(resources, validateOnly, broker, ({ changes }, configs) =>
      applyAll(configs, changes),
    );
    return (response) => writeAlterResults(response, answers);
  },
};

interface Change {
  readonly name: string;
  readonly operation: number;
  readonly value: string | null;
}

const OPERATION = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

function applyAll(configs: Readonly<Record<string, string>>, changes: readonly Change[]): ConfigChange {
  if (new Set(changes.map(({ name }) => name)).size < changes.length) {
    return { kind: 'refused', error: 'INVALID_REQUEST', message: 'Error due to duplicate config keys' };
  }
  let changed: ConfigChange = { kind: 'changed', configs };
  for (const change of changes) {
    if (changed.kind === 'refused') break;
    changed = apply(changed.configs, change);
  }
  return changed;
}

function apply(configs: Readonly<Record<string, string>>, { name, operation, value }: Change): ConfigChange {
  if (operation === OPERATION.delete) {
    const { [name]: _deleted, ...rest } = configs;
    return { kind: 'changed', configs: rest };
  }
  if (value === null) {
    return { kind: 'refused', error: 'INVALID_REQUEST', message: `Null value not supported for : ${name}` };
  }
  if (operation === OPERATION.set) return { kind: 'changed', configs: { ...configs, [name]: value } };
  if (operation !== OPERATION.append && operation !== OPERATION.subtract) {
    return { kind: 'refused', error: 'UNKNOWN_SERVER_ERROR', message: null };
  }
  const definition = TOPIC_CONFIGS.get(name);
  if (definition === undefined) return { kind: 'changed', configs: { ...configs, [name]: value } };
  if (definition.type !== 'list') {
    const verb = operation === OPERATION.append ? 'APPEND to' : 'SUBTRACT from';
    const message = `Can't ${verb} key ${name} because its type is not LIST.`;
    return { kind: 'refused', error: 'INVALID_CONFIG', message };
  }
  const before = listOf(configs[name] ?? definition.defaultValue);
  const named = listOf(value);
  const others = before.filter((each) => !named.includes(each));
  const after = operation === OPERATION.append ? [...new Set([...before, ...named])] : others;
  return { kind: 'changed', configs: { ...configs, [name]: after.join(',') } };
}
