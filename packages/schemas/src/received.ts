import { quoted } from '@sluice/core';
import type { JsonValue } from './json/strict-json.ts';

/** A value as a message names it after "got"; escaped and bounded, whatever its size. */
export function received(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
}
