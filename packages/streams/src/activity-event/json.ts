import type { ActivityEventRow, Instant } from '@sluice/core';
import { ACTIVITY_SCHEMA } from './schema.ts';

/** An activity event as JSON text, in the old service's form: its own fields, `id`, and `created_at` in epoch seconds. */
export function activityEventJson(event: Omit<ActivityEventRow, 'client'>): string {
  const { id, createdAt, email, component, environment, message, data } = event;
  return (
    `{"component":${JSON.stringify(component)},"data":${data},"email":${JSON.stringify(email)},` +
    `"environment":${JSON.stringify(environment)},"message":${JSON.stringify(message)},` +
    `"id":"${id}","created_at":"${epochSeconds(createdAt)}"}`
  );
}

const { email, component, environment, message, data } = ACTIVITY_SCHEMA.properties;

/** What `activityEventJson` makes, as JSON Schema 2020-12. */
export const STORED_ACTIVITY_SCHEMA = {
  type: 'object',
  required: [...ACTIVITY_SCHEMA.required, 'id', 'created_at'],
  properties: {
    email,
    component,
    environment,
    message,
    data,
    id: { type: 'string', format: 'uuid', description: 'The command id' },
    created_at: {
      type: 'string',
      pattern: '^-?\\d+\\.\\d{1,6}$',
      description: 'When it was accepted, in seconds since the epoch',
    },
  },
} as const;

/**
 * Seconds since the epoch, as Python prints them as a float: with a fraction always, and without zeros at its end. Made of
 * the digits themselves, since a double has no room for the microseconds of far years.
 */
export function epochSeconds(instant: Instant): string {
  const seconds = Date.parse(`${instant.slice(0, SECONDS_END)}Z`) / 1_000;
  const micros = Number(instant.slice(SECONDS_END + 1, -1));
  // Before the epoch the fraction goes back from the second after it.
  return seconds < 0 && micros > 0
    ? `-${-(seconds + 1)}.${fraction(1_000_000 - micros)}`
    : `${seconds}.${fraction(micros)}`;
}

const SECONDS_END = 'YYYY-MM-DDTHH:MM:SS'.length;

const fraction = (micros: number): string =>
  String(micros)
    .padStart(6, '0')
    .replace(/0{1,5}$/, '');
