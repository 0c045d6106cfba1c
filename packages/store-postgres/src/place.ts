import type { BrokerRecord } from '@sluice/core';

/** The columns that say where in the log something comes from. */
export interface PlaceColumns {
  readonly topic: string;
  readonly partition: number | null;
  readonly record_offset: number | null;
  readonly message_id: string | null;
}

export function placeOf({ topic, position }: BrokerRecord): PlaceColumns {
  switch (position.kind) {
    case 'offset':
      return { topic, partition: position.partition, record_offset: position.offset, message_id: null };
    case 'message':
      return { topic, partition: null, record_offset: null, message_id: position.messageId };
    default:
      return position satisfies never;
  }
}
