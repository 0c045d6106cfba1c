import { v5 as uuidv5 } from 'uuid';
import { DEFAULT_CLIENT, HEADER } from './headers.ts';
import { type Instant, instantFromMs, parseInstant } from './instant.ts';
import { type BrokerRecord, headerTexts } from './record.ts';

/** Namespace of every UUIDv5 that Sluice derives. */
const NAMESPACE = '5b6c0c8e-0a4e-5d6b-9a43-5f1f1d9f7a11';

/** A client's name, or the URI reference that CloudEvents asks for. What else stands there is no source. */
const SOURCE = /^[\x21-\x7e]{1,255}$/;

/** What most ids are, told in a third of the time that it takes in any case. */
const LOWER_CASE_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID = new RegExp(LOWER_CASE_UUID, 'i');

const IDENTITY_HEADERS = [HEADER.id, HEADER.source, HEADER.time, HEADER.redriveOf] as const;

/** What is about a command rather than in it; every record has one, whoever produced it. */
export interface RecordIdentity {
  /** The command id, a lower-case UUID. */
  readonly commandId: string;
  readonly client: string;
  /** When it was accepted: what `created_at` shows, and a replay restores. */
  readonly time: Instant;
  /** The place of the dead letter that this record replaces, as it says itself. */
  readonly redriveOf?: string;
}

/**
 * Who a record says it is. Records of Sluice's own ingest carry headers; others are welcome: their id is the value's own
 * (`valueId`) or derived from where they lie, their time the record's own timestamp. Whatever the record holds, the
 * identity can be stored, since its dead letter must be.
 * @param valueId an id found inside the value, where the stream has one
 */
export function identify(record: BrokerRecord, valueId?: string): RecordIdentity {
  const [headerId, headerSource, headerTime, redriveOf] = headerTexts(record, IDENTITY_HEADERS);
  // Of equal texts one is enough: a batch's records live until they are stored.
  const source = !headerSource || headerSource === DEFAULT_CLIENT ? DEFAULT_CLIENT : headerSource;
  const givenId = headerId || valueId;
  const identity: RecordIdentity = {
    commandId: givenId ? commandIdOf(source, givenId) : positionId(record),
    client: source === DEFAULT_CLIENT || SOURCE.test(source) ? source : DEFAULT_CLIENT,
    time: acceptedAt(record, headerTime),
  };
  return redriveOf === undefined ? identity : { ...identity, redriveOf };
}

/**
 * Whether the text has a UUID's form (RFC 9562, section 4), in any case. Any version and variant: senders make up ids that
 * are of none, look them up by what they know, and PostgreSQL takes them all.
 */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** A UUID stays itself, in lower case; any other id becomes the UUIDv5 of its source and itself, as CloudEvents' key is. */
export function commandIdOf(source: string, id: string): string {
  if (LOWER_CASE_UUID.test(id)) return id;
  return isUuid(id) ? id.toLowerCase() : derivedId('id', source, id);
}

/**
 * The command id of a request that carries an `Idempotency-Key`: a sender's retry is one command. Keys of different
 * streams and clients never meet.
 */
export function idempotentCommandId(stream: string, client: string, key: string): string {
  return derivedId('idempotency-key', stream, client, key);
}

function positionId({ topic, position }: BrokerRecord): string {
  return position.kind === 'offset'
    ? derivedId('offset', topic, position.partition, position.offset)
    : derivedId('message', topic, position.messageId);
}

/** The first part says what the others are, so that no two kinds of id meet. */
function derivedId(...parts: readonly [kind: string, ...(string | number)[]]): string {
  return uuidv5(JSON.stringify(parts), NAMESPACE);
}

function acceptedAt(record: BrokerRecord, given: string | undefined): Instant {
  const parsed = given === undefined ? undefined : parseInstant(given);
  return parsed?.kind === 'instant' ? parsed.instant : instantFromMs(record.timestampMs);
}
