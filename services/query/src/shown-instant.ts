import type { Instant } from '@sluice/core';

/** A time as answers have it: without the zeros at the end of the fraction. */
export function shownInstant(instant: Instant): string {
  return instant.replace(/\.?0+Z$/, 'Z');
}

export const INSTANT_SCHEMA = {
  type: 'string',
  format: 'date-time',
  pattern: 'Z$',
  description: 'RFC 3339, in UTC.',
} as const;

export const ACCEPTED_AT_SCHEMA = {
  ...INSTANT_SCHEMA,
  description: "When ingest accepted it, or the record's own time where another producer wrote it.",
} as const;
