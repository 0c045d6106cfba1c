import { HEADER, type OutgoingRecord, placeText, type StoredDeadLetter } from '@sluice/core';

/**
 * A dead letter as it goes into the log once more: the same record, which says that it is the same command, and which
 * dead letter it replaces.
 * @param dataSchema the version of its stream's schema to read it with, where that is another than it says itself
 */
export function redrivenRecord(
  { commandId, client, createdAt, record }: Omit<StoredDeadLetter, 'state' | 'isCut'>,
  dataSchema?: string,
): OutgoingRecord {
  const { topic, position, key, value, headers } = record;
  const told = [
    { name: HEADER.id, value: commandId },
    { name: HEADER.source, value: client },
    { name: HEADER.time, value: createdAt },
    { name: HEADER.redriveOf, value: placeText(topic, position) },
    ...(dataSchema === undefined ? [] : [{ name: HEADER.dataSchema, value: dataSchema }]),
  ];
  const names = new Set<string>(told.map(({ name }) => name));
  const others = headers.filter(({ name }) => !names.has(name));
  // One without a key has no neighbours to keep an order with.
  return { topic, key: key ?? commandId, value, headers: [...others, ...told] };
}
