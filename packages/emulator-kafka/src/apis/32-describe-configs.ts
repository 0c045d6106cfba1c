import type { Broker, KafkaApi } from '../context.ts';
import { ERRORS, type ErrorName, errorCode } from '../protocol/errors.ts';
import type { Writer } from '../protocol/writer.ts';
import { RESOURCE } from '../resource.ts';
import { CONFIG_SOURCE, type EffectiveConfig, effectiveConfigs } from '../topic-config.ts';
import { topicNameFault } from '../topic-name.ts';

/**
 * DescribeConfigs, 1 to 4, flexible from 4.
 *
 *     request   [resource_type int8, resource_name string, configuration_keys nullable [string]],
 *               include_synonyms bool, v3+ include_documentation bool
 *     response  throttle_time_ms int32, [error_code int16, error_message nullable string, resource_type int8,
 *               resource_name string, configs [name string, value nullable string, read_only bool, config_source int8,
 *               is_sensitive bool, synonyms [name string, value nullable string, source int8], v3+ config_type int8,
 *               v3+ documentation nullable string]]
 *
 * Gaps: of the broker's own settings only the defaults of topics' settings are described; no documentation.
 */
export const describeConfigs: KafkaApi = {
  key: 32,
  name: 'DescribeConfigs',
  versions: [1, 4],
  flexibleFrom: 4,
  handle(request, version, { broker }) {
    const resources = request.array(() => {
      const type = request.int8();
      const name = request.string();
      const keys = request.nullableArray(() => request.string());
      request.tags();
      return { type, name, keys };
    });
    const synonyms = request.boolean();
    if (version >= 3) request.boolean();
    request.tags();
    return (response) => {
      response.int32(0);
      response.array(resources, ({ type, name, keys }) => {
        const { error, message, configs } = describe(type, name, broker);
        response.int16(errorCode(error));
        response.nullableString(message);
        response.int8(type);
        response.string(name);
        const wanted = configs.filter((config) => keys === null || keys.length === 0 || keys.includes(config.name));
        response.array(wanted, (config) => writeConfig(response, version, config, synonyms));
        response.tags();
      });
      response.tags();
    };
  },
};

interface DescribedConfig extends EffectiveConfig {
  readonly readOnly: boolean;
}

interface Description {
  readonly error: ErrorName;
  readonly message: string | null;
  readonly configs: readonly DescribedConfig[];
}

const failed = (error: ErrorName, message: string): Description => ({ error, message, configs: [] });

function describe(type: number, name: string, broker: Broker): Description {
  if (type === RESOURCE.topic) return describeTopic(name, broker);
  if (type !== RESOURCE.broker) return failed('INVALID_REQUEST', ERRORS.INVALID_REQUEST.message);
  if (name !== '' && name !== String(broker.nodeId)) {
    const message = `Unexpected broker id, expected ${broker.nodeId} or empty string, but received ${name}`;
    return failed('INVALID_REQUEST', message);
  }
  const configs = effectiveConfigs({}).flatMap((config) => {
    const { synonym } = config.definition;
    return synonym === undefined ? [] : [{ ...config, name: synonym, readOnly: true }];
  });
  return { error: 'NONE', message: '', configs };
}

function describeTopic(name: string, broker: Broker): Description {
  const fault = topicNameFault(name);
  if (fault !== undefined) return failed('INVALID_TOPIC_EXCEPTION', fault);
  const topic = broker.topics.get(name);
  if (topic === undefined) return failed('UNKNOWN_TOPIC_OR_PARTITION', '');
  const configs = effectiveConfigs(topic.configs).map((config) => ({ ...config, readOnly: false }));
  return { error: 'NONE', message: '', configs };
}

function writeConfig(response: Writer, version: number, config: DescribedConfig, synonyms: boolean): void {
  const { name, value, source, definition, readOnly } = config;
  response.string(name);
  response.nullableString(value);
  response.boolean(readOnly);
  response.int8(source);
  response.boolean(false);
  response.array(synonyms ? synonymsOf(config) : [], (synonym) => {
    response.string(synonym.name);
    response.nullableString(synonym.value);
    response.int8(synonym.source);
    response.tags();
  });
  if (version >= 3) {
    response.int8(definition.typeCode);
    response.nullableString(null);
  }
  response.tags();
}

/** The places that the value could come from, the one in force first. */
function synonymsOf({
  name,
  value,
  source,
  definition,
}: EffectiveConfig): { name: string; value: string; source: number }[] {
  const own = source === CONFIG_SOURCE.topic ? [{ name, value, source }] : [];
  if (definition.synonym === undefined) return own;
  return [...own, { name: definition.synonym, value: definition.defaultValue, source: CONFIG_SOURCE.default }];
}
