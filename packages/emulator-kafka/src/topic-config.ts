import type { Retention } from '@sluice/durable-log';

/** The types of configuration values, by their number in DescribeConfigs. */
const TYPES = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const;

export interface ConfigDefinition {
  readonly type: keyof typeof TYPES;
  readonly typeCode: number;
  readonly defaultValue: string;
  /** The broker-wide setting that gives the default, as Apache Kafka names it. */
  readonly synonym: string | undefined;
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly string[];
}

interface Limits {
  readonly synonym?: string;
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly string[];
}

function define(type: keyof typeof TYPES, defaultValue: string, { synonym, ...limits }: Limits = {}): ConfigDefinition {
  return { type, typeCode: TYPES[type], defaultValue, synonym, ...limits };
}

const LONG_MAX = '9223372036854775807';

/**
 * Every setting that a topic of Apache Kafka 4.1 has. All are checked and kept; what has an effect here is what
 * {@link TopicSettings} lists. `segment.bytes` is 128 MiB by default instead of 1 GiB, which makes recovery faster.
 */
export const TOPIC_CONFIGS: ReadonlyMap<string, ConfigDefinition> = new Map(
  Object.entries({
    'cleanup.policy': define('list', 'delete', { synonym: 'log.cleanup.policy', oneOf: ['compact', 'delete'] }),
    'compression.gzip.level': define('int', '-1', { synonym: 'compression.gzip.level', min: -1, max: 9 }),
    'compression.lz4.level': define('int', '9', { synonym: 'compression.lz4.level', min: 1, max: 17 }),
    'compression.type': define('string', 'producer', {
      synonym: 'compression.type',
      oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    }),
    'compression.zstd.level': define('int', '3', { synonym: 'compression.zstd.level', min: -131_072, max: 22 }),
    'delete.retention.ms': define('long', '86400000', { synonym: 'log.cleaner.delete.retention.ms', min: 0 }),
    'file.delete.delay.ms': define('long', '60000', { synonym: 'log.segment.delete.delay.ms', min: 0 }),
    'flush.messages': define('long', LONG_MAX, { synonym: 'log.flush.interval.messages', min: 1 }),
    'flush.ms': define('long', LONG_MAX, { min: 0 }),
    'follower.replication.throttled.replicas': define('list', ''),
    'index.interval.bytes': define('int', '4096', { synonym: 'log.index.interval.bytes', min: 0 }),
    'leader.replication.throttled.replicas': define('list', ''),
    'local.retention.bytes': define('long', '-2', { synonym: 'log.local.retention.bytes', min: -2 }),
    'local.retention.ms': define('long', '-2', { synonym: 'log.local.retention.ms', min: -2 }),
    'max.compaction.lag.ms': define('long', LONG_MAX, { synonym: 'log.cleaner.max.compaction.lag.ms', min: 1 }),
    'max.message.bytes': define('int', '1048588', { synonym: 'message.max.bytes', min: 0 }),
    'message.timestamp.after.max.ms': define('long', '3600000', {
      synonym: 'log.message.timestamp.after.max.ms',
      min: 0,
    }),
    'message.timestamp.before.max.ms': define('long', LONG_MAX, {
      synonym: 'log.message.timestamp.before.max.ms',
      min: 0,
    }),
    'message.timestamp.type': define('string', 'CreateTime', {
      synonym: 'log.message.timestamp.type',
      oneOf: ['CreateTime', 'LogAppendTime'],
    }),
    'min.cleanable.dirty.ratio': define('double', '0.5', {
      synonym: 'log.cleaner.min.cleanable.ratio',
      min: 0,
      max: 1,
    }),
    'min.compaction.lag.ms': define('long', '0', { synonym: 'log.cleaner.min.compaction.lag.ms', min: 0 }),
    'min.insync.replicas': define('int', '1', { synonym: 'min.insync.replicas', min: 1 }),
    preallocate: define('boolean', 'false', { synonym: 'log.preallocate' }),
    'remote.log.copy.disable': define('boolean', 'false'),
    'remote.log.delete.on.disable': define('boolean', 'false'),
    'remote.storage.enable': define('boolean', 'false'),
    'retention.bytes': define('long', '-1', { synonym: 'log.retention.bytes' }),
    'retention.ms': define('long', '604800000', { min: -1 }),
    'segment.bytes': define('int', '134217728', { synonym: 'log.segment.bytes', min: 1_048_576 }),
    'segment.index.bytes': define('int', '10485760', { synonym: 'log.index.size.max.bytes', min: 4 }),
    'segment.jitter.ms': define('long', '0', { min: 0 }),
    'segment.ms': define('long', '604800000', { min: 1 }),
    'unclean.leader.election.enable': define('boolean', 'false', { synonym: 'unclean.leader.election.enable' }),
  }),
);

const RANGES = {
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

/** Why a topic cannot have this setting, in the words of Apache Kafka; undefined where it can. */
export function topicConfigFault(name: string, value: string | null): string | undefined {
  const definition = TOPIC_CONFIGS.get(name);
  if (definition === undefined) return `Unknown topic config name: ${name}`;
  if (value === null) return `Null value not supported for topic configs: ${name}`;
  const fault = valueFault(definition, value.trim());
  if (fault === undefined) return undefined;
  return `Invalid value ${fault.shown ?? value} for configuration ${name}: ${fault.rule}`;
}

interface ValueFault {
  readonly rule: string;
  readonly shown?: string;
}

function valueFault(definition: ConfigDefinition, value: string): ValueFault | undefined {
  const { type, oneOf } = definition;
  switch (type) {
    case 'boolean':
      return /^(true|false)$/i.test(value) ? undefined : { rule: 'Expected value to be either true or false' };
    case 'int':
    case 'long':
      if (!isWhole(value, RANGES[type])) return { rule: `Not a number of type ${type.toUpperCase()}` };
      return rangeFault(definition, Number(value));
    case 'double':
      if (value === '' || Number.isNaN(Number(value))) return { rule: 'Not a number of type DOUBLE' };
      return rangeFault(definition, Number(value), Number.isInteger(Number(value)) ? `${Number(value)}.0` : value);
    case 'string':
    case 'list': {
      const values = type === 'list' ? listOf(value) : [value];
      const wrong = oneOf && values.find((each) => !oneOf.includes(each));
      return wrong === undefined ? undefined : { rule: `String must be one of: ${oneOf?.join(', ')}`, shown: wrong };
    }
    default:
      return type satisfies never;
  }
}

function isWhole(value: string, [min, max]: readonly [bigint, bigint]): boolean {
  if (!/^[+-]?\d{1,19}$/.test(value)) return false;
  const number = BigInt(value.replace('+', ''));
  return number >= min && number <= max;
}

function rangeFault({ min, max }: ConfigDefinition, value: number, shown = String(value)): ValueFault | undefined {
  if (min !== undefined && value < min) return { rule: `Value must be at least ${min}`, shown };
  if (max !== undefined && value > max) return { rule: `Value must be no more than ${max}`, shown };
  return undefined;
}

export const listOf = (value: string): string[] =>
  value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

/** The settings that change what the emulator does. */
export interface TopicSettings {
  readonly retention: Retention;
  readonly maxMessageBytes: number;
  readonly logAppendTime: boolean;
  /** Every record needs a key. */
  readonly compacted: boolean;
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  /** Taken up when the topic is opened. */
  readonly segmentBytes: number;
}

/** From a topic's own settings, all of them valid, and the defaults. */
export function topicSettings(configs: Readonly<Record<string, string>>): TopicSettings {
  const text = (name: string): string => configs[name] ?? TOPIC_CONFIGS.get(name)?.defaultValue ?? '';
  const number = (name: string): number => Number(text(name));
  const cleanupPolicies = listOf(text('cleanup.policy'));
  const keepsAll = !cleanupPolicies.includes('delete');
  const limit = (value: number): number | undefined => (keepsAll || value < 0 ? undefined : value);
  return {
    retention: { maxAgeMs: limit(number('retention.ms')), maxBytes: limit(number('retention.bytes')) },
    maxMessageBytes: number('max.message.bytes'),
    compacted: cleanupPolicies.includes('compact'),
    logAppendTime: text('message.timestamp.type') === 'LogAppendTime',
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    segmentBytes: Math.min(number('segment.bytes'), 1024 ** 3),
  };
}

/** Where a setting's value comes from, by its number in DescribeConfigs. */
export const CONFIG_SOURCE = { topic: 1, default: 5 } as const;

export interface EffectiveConfig {
  readonly name: string;
  readonly value: string;
  readonly source: number;
  readonly definition: ConfigDefinition;
}

/** All settings of a topic with the values in force. */
export function effectiveConfigs(configs: Readonly<Record<string, string>>): EffectiveConfig[] {
  return [...TOPIC_CONFIGS].map(([name, definition]) => {
    const own = configs[name];
    const source = own === undefined ? CONFIG_SOURCE.default : CONFIG_SOURCE.topic;
    return { name, value: own ?? definition.defaultValue, source, definition };
  });
}
