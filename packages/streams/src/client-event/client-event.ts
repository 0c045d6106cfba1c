import {
  type BrokerRecord,
  clientTopic,
  HEADER,
  headerTexts,
  identify,
  type NewRecord,
  quoted,
  type Reading,
  type RecordIdentity,
  type Stream,
} from '@sluice/core';
import { eventHeaders } from '../envelope.ts';
import { jsonOfRecord } from '../record-json.ts';
import { toldViolations } from '../told-violations.ts';
import type { SchemaVersions } from './schemas.ts';

export interface ClientEventStreamOptions {
  readonly client: string;
  readonly event: string;
  readonly topic: string;
  readonly versions: SchemaVersions;
  /**
   * Makes all versions known that were registered before now. Called before records are read that name a version which is
   * not known, or name none.
   */
  readonly learn?: () => Promise<void>;
}

/** A stream that a client registered. Each event is one row of `events`. */
export function clientEventStream(options: ClientEventStreamOptions): Stream {
  const { client, event, topic, versions, learn } = options;
  const name = clientTopic(client, event);
  const asked: readonly string[] = [HEADER.dataSchema];
  const read = (record: BrokerRecord): Reading => {
    // Whoever wrote the record: what lies in a client's topic is the client's.
    const identity = { ...identify(record), client };
    const json = jsonOfRecord(record);
    if (json.kind === 'poison') return { ...json, identity };
    const [dataSchema] = headerTexts(record, asked);
    const named = versionNamed(name, dataSchema);
    const version = named === undefined ? versions.inForce(identity.time) : versions.at(named);
    if (!version) return unknownSchema(identity, name, dataSchema);
    const violations = version.validator.violations(json.value);
    if (violations.length > 0)
      return { kind: 'poison', identity, reason: 'schema-violation', detail: toldViolations(violations) };
    const { commandId: id, time: createdAt } = identity;
    const row = { id, createdAt, client, event, schemaVersion: version.version, data: json.bytes.toString('utf8') };
    return { kind: 'command', identity, effects: [{ kind: 'row', table: 'events', row }] };
  };
  const isKnown = (record: BrokerRecord): boolean => {
    const named = versionNamed(name, headerTexts(record, asked)[0]);
    return named !== undefined && versions.at(named) !== undefined;
  };
  const prepare = async (records: readonly BrokerRecord[]): Promise<void> => {
    if (!records.every(isKnown)) await learn?.();
  };
  return { name, topic, read, ...(learn && { prepare }) };
}

/** An event that ingest accepted. */
export interface ClientEventCommand {
  readonly client: string;
  readonly event: string;
  readonly topic: string;
  /** Of the schema that it was validated with. */
  readonly version: number;
  readonly commandId: string;
  /** The bytes that were validated. */
  readonly value: Buffer;
  /** In ms since the epoch. */
  readonly acceptedAtMs: number;
  readonly correlationId: string;
}

/** A client's event as ingest publishes it: keyed by its id, so that each stands alone and spreads over partitions. */
export function clientEventCommand(command: ClientEventCommand): NewRecord {
  const { client, event, topic, version, commandId, value, acceptedAtMs, correlationId } = command;
  const stream = clientTopic(client, event);
  const dataSchema = schemaUrn(stream, version);
  return {
    topic,
    key: commandId,
    value,
    headers: eventHeaders({ stream, dataSchema, commandId, client, acceptedAtMs, correlationId }),
  };
}

/**
 * `clientEventCommand` for events that came together: of what is about them, all but the id is the same, and is made once.
 */
export function clientEventCommands(
  shared: Omit<ClientEventCommand, 'commandId' | 'value'>,
): (commandId: string, value: Buffer) => NewRecord {
  const { topic, headers } = clientEventCommand({ ...shared, commandId: '', value: NO_VALUE });
  const idAt = headers.findIndex(({ name }) => name === HEADER.id);
  return (commandId, value) => ({
    topic,
    key: commandId,
    value,
    headers: headers.with(idAt, { name: HEADER.id, value: commandId }),
  });
}

const NO_VALUE = Buffer.alloc(0);

const SCHEMA_URN = 'urn:sluice:schema:';

/** What a record's `dataschema` says where it was accepted under this version of its stream's schema. */
export const schemaUrn = (stream: string, version: number): string => `${SCHEMA_URN}${stream}:${version}`;

/**
 * Which version a record says it was accepted under: undefined where it names no schema of this stream's, as others'
 * records do, and a version that never is where it names one in no proper way.
 */
function versionNamed(stream: string, dataSchema: string | undefined): number | undefined {
  const start = `${SCHEMA_URN}${stream}:`;
  if (!dataSchema?.startsWith(start)) return undefined;
  const digits = dataSchema.slice(start.length);
  return /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : NO_VERSION;
}

const NO_VERSION = 0;

function unknownSchema(identity: RecordIdentity, stream: string, dataSchema: string | undefined): Reading {
  const which = dataSchema === undefined ? `a schema of ${stream}` : quoted(dataSchema, 200);
  return { kind: 'poison', identity, reason: 'unknown-schema', detail: `${which} must be registered, but is not` };
}
