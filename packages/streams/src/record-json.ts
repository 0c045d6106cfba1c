import { type BrokerRecord, type DeadLetterReason, printable } from '@sluice/core';
import { type JsonValue, parseStrictJson } from '@sluice/schemas';
import { isJsonObject } from './json-object.ts';

/** A record's value as strict JSON, or why its record is poison. */
export type RecordJson =
  | { readonly kind: 'json'; readonly value: JsonValue; readonly bytes: Buffer }
  | { readonly kind: 'poison'; readonly reason: DeadLetterReason; readonly detail: string };

/** Reads a record's value strictly. */
export function jsonOfRecord({ value: bytes }: BrokerRecord): RecordJson {
  if (bytes === null) return malformed('value must be JSON, got none');
  const parsed = parseStrictJson(bytes);
  if (parsed.kind === 'json') return { kind: 'json', value: parsed.value, bytes };
  return malformed(`${placeInValue(parsed.pointer)} must ${parsed.must}`);
}

/** How a message names the part of a record's value that a JSON Pointer leads to. */
export const placeInValue = (pointer: string): string => (pointer === '' ? 'value' : printable(pointer, 128));

/** The id that other producers put into the value; what is none there is a further key like any other. */
export function commandIdIn(value: JsonValue): string | undefined {
  const id = isJsonObject(value) ? value.command_id : undefined;
  return typeof id === 'string' ? id : undefined;
}

const malformed = (detail: string): RecordJson => ({ kind: 'poison', reason: 'malformed-json', detail });
