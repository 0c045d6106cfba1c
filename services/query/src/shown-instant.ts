import type { Instant } from '@sluice/core';
import type { JsonSchema } from '@sluice/http';

/** A time as answers have it: without the zeros at the end of the fraction. */
export function shownInstant(instant: Instant): string {
  return instant.replace(/\.?0+Z$/, 'Z');
}

export const INSTANT_SCHEMA: JsonSchema = {
  type: 'string',
  format: 'date-time',
  pattern: 'Z$',
  description: 'RFC 3339, in UTC.',
};
