import { type ErrorCode, SluiceError } from '@sluice/core';

/**
 * What Kafka's error codes mean to Sluice (https://kafka.apache.org/protocol#protocol_error_codes). The codes that are not
 * listed pass by themselves: a leader moves, a coordinator loads, a request was too slow.
 */
const MEANING_OF_CODE: ReadonlyMap<number, ErrorCode> = new Map([
  /** MESSAGE_TOO_LARGE */
  [10, 'too-large'],
  /** INVALID_TOPIC_EXCEPTION */
  [17, 'misconfigured'],
  /** RECORD_LIST_TOO_LARGE */
  [18, 'too-large'],
  /** INVALID_REQUIRED_ACKS */
  [21, 'misconfigured'],
  /** INCONSISTENT_GROUP_PROTOCOL */
  [23, 'misconfigured'],
  /** INVALID_GROUP_ID */
  [24, 'misconfigured'],
  /** INVALID_SESSION_TIMEOUT */
  [26, 'misconfigured'],
  /** TOPIC_AUTHORIZATION_FAILED */
  [29, 'unauthorized'],
  /** GROUP_AUTHORIZATION_FAILED */
  [30, 'unauthorized'],
  /** CLUSTER_AUTHORIZATION_FAILED */
  [31, 'unauthorized'],
  /** INVALID_TIMESTAMP */
  [32, 'invalid-data'],
  /** UNSUPPORTED_SASL_MECHANISM */
  [33, 'misconfigured'],
  /** UNSUPPORTED_VERSION */
  [35, 'misconfigured'],
  /** INVALID_PARTITIONS */
  [37, 'misconfigured'],
  /** INVALID_REPLICATION_FACTOR */
  [38, 'misconfigured'],
  /** INVALID_CONFIG */
  [40, 'misconfigured'],
  /** INVALID_REQUEST */
  [42, 'misconfigured'],
  /** UNSUPPORTED_FOR_MESSAGE_FORMAT */
  [43, 'misconfigured'],
  /** POLICY_VIOLATION */
  [44, 'misconfigured'],
  /** SASL_AUTHENTICATION_FAILED */
  [58, 'unauthorized'],
  /** GROUP_MAX_SIZE_REACHED */
  [81, 'misconfigured'],
  /** INVALID_RECORD */
  [87, 'invalid-data'],
]);

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
  const meaning = meaningOfCode(code);
  return new SluiceError(meaning, `Kafka answered error ${code} for ${what}`);
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
