import { alterAll, type ConfigChange, writeAlterResults } from '../alter-configs.ts';
import type { KafkaApi } from '../context.ts';

/**
 * AlterConfigs, 0 to 2, flexible from 2.
 *
 *     request   [resource_type int8, resource_name string, [name string, value nullable string]], validate_only bool
 *     response  throttle_time_ms int32, [error_code int16, error_message nullable string, resource_type int8,
 *               resource_name string]
 *
 * What the request does not name goes back to its default.
 *
 * Gaps: topics only.
 */
export const alterConfigsApi: KafkaApi = {
  key: 33,
  name: 'AlterConfigs',
  versions: [0, 2],
  flexibleFrom: 2,
  async handle(request, _version, { broker }) {
    const resources = request.array(() => {
      const resource = { type: request.int8(), name: request.string() };
      const configs = request.array(() => {
        const config: Config = { name: request.string(), value: request.nullableString() };
        request.tags();
        return config;
      });
      request.tags();
      return { ...resource, configs };
    });
    const validateOnly = request.boolean();
    request.tags();
    const answers = await alterAll(resources, validateOnly, broker, ({ configs }) => replace(configs));
    return (response) => writeAlterResults(response, answers);
  },
};

interface Config {
  readonly name: string;
  readonly value: string | null;
}

function replace(configs: readonly Config[]): ConfigChange {
  const entries: [string, string][] = [];
  for (const { name, value } of configs) {
    if (value === null) {
      return { kind: 'refused', error: 'INVALID_REQUEST', message: `Null value not supported for : ${name}` };
    }
    entries.push([name, value]);
  }
  return { kind: 'changed', configs: Object.fromEntries(entries) };
}
