import type { RecordPosition } from '@sluice/core';
import type { JsonSchema } from '@sluice/http';

/** Where a record lies, as answers have it. */
export function shownPlace(topic: string, position: RecordPosition): Readonly<Record<string, unknown>> {
  switch (position.kind) {
    case 'offset':
      return { topic, partition: position.partition, offset: position.offset };
    case 'message':
      return { topic, message_id: position.messageId };
    default:
      return position satisfies never;
  }
}

export const PLACE_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'Where the record lies in the log: by partition and offset on Kafka, by message id on Pub/Sub.',
  required: ['topic'],
  properties: {
    topic: { type: 'string' },
    partition: { type: 'integer', minimum: 0 },
    offset: { type: 'integer', minimum: 0 },
    message_id: { type: 'string' },
  },
};
