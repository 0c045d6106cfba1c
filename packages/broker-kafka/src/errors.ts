import { type ErrorCode, SluiceError } from '@sluice/core';

/**
 * What Kafka's error codes mean to Sluice (https://kafka.apache.org/protocol#protocol_error_codes). The codes that are not
 * listed pass by themselves: a leader moves, a coordinator loads, a request was too slow.
 */
const ERRORS: readonly (readonly [code: number, name: string, meaning: ErrorCode])[] = [
  [10, 'MESSAGE_TOO_LARGE', 'too-large'],
  [17, 'INVALID_TOPIC_EXCEPTION', 'misconfigured'],
  [18, 'RECORD_LIST_TOO_LARGE', 'too-large'],
  [21, 'INVALID_REQUIRED_ACKS', 'misconfigured'],
  [23, 'INCONSISTENT_GROUP_PROTOCOL', 'misconfigured'],
  [24, 'INVALID_GROUP_ID', 'misconfigured'],
  [26, 'INVALID_SESSION_TIMEOUT', 'misconfigured'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'unauthorized'],
  [30, 'GROUP_AUTHORIZATION_FAILED', 'unauthorized'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', 'unauthorized'],
  [32, 'INVALID_TIMESTAMP', 'invalid-data'],
  [33, 'UNSUPPORTED_SASL_MECHANISM', 'misconfigured'],
  [35, 'UNSUPPORTED_VERSION', 'misconfigured'],
  [37, 'INVALID_PARTITIONS', 'misconfigured'],
  [38, 'INVALID_REPLICATION_FACTOR', 'misconfigured'],
  [40, 'INVALID_CONFIG', 'misconfigured'],
  [42, 'INVALID_REQUEST', 'misconfigured'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'misconfigured'],
  [44, 'POLICY_VIOLATION', 'misconfigured'],
  [58, 'SASL_AUTHENTICATION_FAILED', 'unauthorized'],
  [81, 'GROUP_MAX_SIZE_REACHED', 'misconfigured'],
  [87, 'INVALID_RECORD', 'invalid-data'],
];
const MEANING_OF_CODE: ReadonlyMap<number, ErrorCode> = new Map(ERRORS.map(([code, , meaning]) => [code, meaning]));
const NAME_OF_CODE: ReadonlyMap<number, string> = new Map(ERRORS.map(([code, name]) => [code, name]));

/** The same for errors of kafkajs' own making, by their name. */
const MEANING_OF_NAME: ReadonlyMap<string, ErrorCode> = new Map([
  ['KafkaJSSASLAuthenticationError', 'unauthorized'],
  ['KafkaJSServerDoesNotSupportApiKey', 'misconfigured'],
]);

export function meaningOfCode(code: number): ErrorCode {
  return MEANING_OF_CODE.get(code) ?? 'unavailable';
}

/** An error that the broker answered for `what`: a record, a partition, a topic. */
export function brokerRefused(what: string, code: number): SluiceError {
  const name = NAME_OF_CODE.get(code);
  return new SluiceError(meaningOfCode(code), `Kafka answered error ${name ? `${name} (${code})` : code} for ${what}`);
}

/**
 * An error of kafkajs, in Sluice's terms; an error of ours passes unchanged. kafkajs wraps errors in one another
 * (`cause`), and several in one (`errors`): the first one that has a meaning counts.
 */
export function fromKafkaJs(error: unknown, doing: string): SluiceError {
  for (const each of withCauses(error)) {
    if (each instanceof SluiceError) return each;
    const { name, code, message } = each;
    const meaning = typeof code === 'number' ? MEANING_OF_CODE.get(code) : MEANING_OF_NAME.get(name);
    if (meaning) return new SluiceError(meaning, `${doing}: ${message}`, { cause: error });
  }
  return new SluiceError('unavailable', `${doing}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

type Foreign = Error & { readonly code?: unknown; readonly errors?: unknown };

function* withCauses(error: unknown): Generator<Foreign> {
  if (!(error instanceof Error)) return;
  const foreign: Foreign = error;
  yield foreign;
  if (Array.isArray(foreign.errors)) for (const each of foreign.errors) yield* withCauses(each);
  if (error.cause !== error) yield* withCauses(error.cause);
}
