import type { RecordPosition } from './record.ts';

/** A place in the log as one text: `topic/partition/offset`, or `topic//message id`. Topics have no slashes. */
export function placeText(topic: string, position: RecordPosition): string {
  switch (position.kind) {
    case 'offset':
      return `${topic}/${position.partition}/${position.offset}`;
    case 'message':
      return `${topic}//${position.messageId}`;
    default:
      return position satisfies never;
  }
}
