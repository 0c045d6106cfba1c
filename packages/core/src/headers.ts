/**
 * Names of the headers that carry what is about an event, after CloudEvents 1.0's Kafka binding in binary mode
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md).
 */
export const HEADER = {
  specVersion: 'ce_specversion',
  /** The command id. */
  id: 'ce_id',
  /** The client. */
  source: 'ce_source',
  /** The stream. */
  type: 'ce_type',
  /** When ingest accepted the event, RFC 3339 in UTC. */
  time: 'ce_time',
  dataSchema: 'ce_dataschema',
  correlationId: 'ce_correlationid',
  /** Of a record that was put into the log again: the place of the dead letter that it replaces (`placeText`). */
  redriveOf: 'ce_redriveof',
  /** What the old systems called it; rides along. */
  seedCorrelationId: 'correlationId',
  contentType: 'content-type',
} as const;

/** The client of an unauthenticated request on a route that names none. */
export const DEFAULT_CLIENT = 'default';
