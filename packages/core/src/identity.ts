import { validate as isUuid, v5 as uuidv5 } from 'uuid';
import { DEFAULT_CLIENT, HEADER } from './headers.ts';
import { type Instant, instantFromMs, parseInstant } from './instant.ts';
import { type BrokerRecord, headerText } from './record.ts';

/** Namespace of every UUIDv5 that Sluice derives. */
const NAMESPACE = '5b6c0c8e-0a4e-5d6b-9a43-5f1f1d9f7a11';

/** What is about a command rather than in it; every record has one, whoever produced it. */
export interface RecordIdentity {
  /** The command id, a lower-case UUID. */
  readonly commandId: string;
  readonly client: string;
  /** When it was accepted: what `created_at` shows, and a replay restores. */
  readonly time: Instant;
}

/**
 * Who a record says it is. Records of Sluice's own ingest carry headers; others are welcome: their id is the value's own
 * (`valueId`) or derived from where they lie, their time the record's own timestamp.
 * @param valueId an id found inside the value, where the stream has one
 */
export function identify(record: BrokerRecord, valueId?: string): RecordIdentity {
  const client = headerText(record, HEADER.source) || DEFAULT_CLIENT;
  const givenId = headerText(record, HEADER.id) || valueId;
  return {
    commandId: givenId ? commandIdOf(client, givenId) : positionId(record),
    client,
    time: acceptedAt(record),
  };
}

/** A UUID stays itself, in lower case; any other id becomes the UUIDv5 of its source and itself, as CloudEvents' key is. */
export function commandIdOf(source: string, id: string): string {
  return isUuid(id) ? id.toLowerCase() : uuidv5(JSON.stringify([source, id]), NAMESPACE);
}

/**
 * The command id of a request that carries an `Idempotency-Key`: a sender's retry is one command. Keys of different
 * streams and clients never meet.
 */
export function idempotentCommandId(stream: string, client: string, key: string): string {
  return uuidv5(JSON.stringify([stream, client, key]), NAMESPACE);
}

function positionId({ topic, position }: BrokerRecord): string {
  const place = position.kind === 'offset' ? [topic, position.partition, position.offset] : [topic, position.messageId];
  return uuidv5(JSON.stringify(place), NAMESPACE);
}

function acceptedAt(record: BrokerRecord): Instant {
  const given = headerText(record, HEADER.time);
  const parsed = given === undefined ? undefined : parseInstant(given);
  return parsed?.kind === 'instant' ? parsed.instant : instantFromMs(record.timestampMs);
}
