import { HEADER, type NewRecord } from '@sluice/core';

/** What is about an event rather than in it. */
export interface Envelope {
  readonly stream: string;
  /** The version of the schema that the value was accepted under, as a URI. */
  readonly dataSchema: string;
  readonly commandId: string;
  readonly client: string;
  /** When ingest accepted it, in ms since the epoch. */
  readonly acceptedAtMs: number;
  readonly correlationId: string;
}

/** An event of a built-in stream that ingest accepted. */
export interface AcceptedEvent extends Omit<Envelope, 'stream' | 'dataSchema'> {
  readonly topic: string;
  /** The bytes that were validated. */
  readonly value: Buffer;
}

/** The headers of an event that ingest publishes, after CloudEvents' Kafka binding in binary mode. */
export function eventHeaders(event: Envelope): NewRecord['headers'] {
  const { stream, dataSchema, commandId, client, acceptedAtMs, correlationId } = event;
  return [
    SPEC_VERSION,
    { name: HEADER.id, value: commandId },
    { name: HEADER.source, value: client },
    { name: HEADER.type, value: stream },
    { name: HEADER.time, value: isoTime(acceptedAtMs) },
    { name: HEADER.dataSchema, value: dataSchema },
    { name: HEADER.correlationId, value: correlationId },
    { name: HEADER.seedCorrelationId, value: correlationId },
    CONTENT_TYPE,
  ];
}

const SPEC_VERSION = { name: HEADER.specVersion, value: '1.0' };
const CONTENT_TYPE = { name: HEADER.contentType, value: 'application/json' };

/** Under load, a dozen events share a millisecond, and its text. */
const isoTime = (() => {
  let lastMs = Number.NaN;
  let text = '';
  return (ms: number): string => {
    if (ms !== lastMs) {
      text = new Date(ms).toISOString();
      lastMs = ms;
    }
    return text;
  };
})();
