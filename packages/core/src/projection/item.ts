import type { DeadLetterReason } from '../dead-letter.ts';
import { SluiceError } from '../errors.ts';
import { identify } from '../identity.ts';
import { printable } from '../quoted.ts';
import type { BrokerRecord } from '../record.ts';
import type { StoreItem } from '../store.ts';
import type { Reading, Stream } from '../stream.ts';

const MAX_DETAIL_LENGTH = 300;

/** What the store is to do for a record. */
export function itemOf(stream: Stream, record: BrokerRecord): StoreItem {
  const reading = readingOf(stream, record);
  switch (reading.kind) {
    case 'command':
      return { kind: 'effects', stream: stream.name, identity: reading.identity, record, effects: reading.effects };
    case 'poison':
      return deadLetter(stream, record, reading, reading.reason, reading.detail);
    default:
      return reading satisfies never;
  }
}

/** What to keep of a record that the store cannot take. Reading is pure, so it is read once more for its identity. */
export function unstorableItemOf(stream: Stream, record: BrokerRecord, cause: SluiceError): StoreItem {
  return deadLetter(
    stream,
    record,
    readingOf(stream, record),
    'unstorable',
    printable(cause.message, MAX_DETAIL_LENGTH),
  );
}

/** A stream is asked for what is a record only; whatever it throws is about this record, since reading is pure. */
function readingOf(stream: Stream, record: BrokerRecord): Reading {
  if (record.fault !== undefined) return poison(record, 'malformed-record', record.fault);
  try {
    return stream.read(record);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // A fault of ours, which may be mended: the record is as whole as any, and can be put into the log again.
    return poison(record, 'unstorable', `reading the record failed: ${reason}`);
  }
}

function poison(record: BrokerRecord, reason: DeadLetterReason, detail: string): Reading {
  return { kind: 'poison', identity: identify(record), reason, detail: printable(detail, MAX_DETAIL_LENGTH) };
}

export function offsetOf({ topic, position }: BrokerRecord): number {
  if (position.kind === 'offset') return position.offset;
  throw new SluiceError('misconfigured', `a partition of ${topic} delivered a record without an offset`);
}

function deadLetter(
  stream: Stream,
  record: BrokerRecord,
  { identity }: Reading,
  reason: DeadLetterReason,
  detail: string,
): StoreItem {
  const { commandId, client, time, redriveOf } = identity;
  return {
    kind: 'dead-letter',
    deadLetter: { commandId, stream: stream.name, client, reason, detail, createdAt: time, record },
    ...(redriveOf !== undefined && { redriveOf }),
  };
}
