import type { BrokerRecord } from '@sluice/core';

/** Where in the log something comes from, as columns. */
export interface Place {
  readonly topic: string;
  readonly partition: number | null;
  readonly record_offset: number | null;
  readonly message_id: string | null;
}

export function placeOf({ topic, position }: BrokerRecord): Place {
  switch (position.kind) {
    case 'offset':
      return { topic, partition: position.partition, record_offset: position.offset, message_id: null };
    case 'message':
      return { topic, partition: null, record_offset: null, message_id: position.messageId };
    default:
      return position satisfies never;
  }
}

export const isSamePlace = (a: Place, b: Place): boolean =>
  a.topic === b.topic &&
  a.partition === b.partition &&
  a.record_offset === b.record_offset &&
  a.message_id === b.message_id;
