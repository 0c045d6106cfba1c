import type { BrokerRecord, RecordPosition } from '@sluice/core';

/** Where in the log something comes from, as columns. */
export interface Place {
  readonly topic: string;
  readonly partition: number | null;
  readonly record_offset: number | null;
  readonly message_id: string | null;
}

/** The same as the driver reads them: a bigint comes as text. */
export interface PlaceColumns {
  readonly topic: string;
  readonly partition: number | null;
  readonly record_offset: string | null;
  readonly message_id: string | null;
}

export function placeOf({ topic, position }: Pick<BrokerRecord, 'topic' | 'position'>): Place {
  switch (position.kind) {
    case 'offset':
      return { topic, partition: position.partition, record_offset: position.offset, message_id: null };
    case 'message':
      return { topic, partition: null, record_offset: null, message_id: position.messageId };
    default:
      return position satisfies never;
  }
}

export function positionFrom({ partition, record_offset, message_id }: PlaceColumns): RecordPosition {
  return partition === null
    ? { kind: 'message', messageId: message_id ?? '' }
    : { kind: 'offset', partition, offset: Number(record_offset) };
}
