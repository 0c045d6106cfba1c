import { type Instant, instantFromMs, parseInstant } from '@sluice/core';

const DAY_MS = 86_400_000;
const LAST_DAY = '9999-12-31';

/**
 * When a day begins, in UTC. Days are month, day and year, as the old service read them: the first two may have one digit.
 * @returns undefined where the text is no day that exists
 */
export function firstInstantOf(text: string): Instant | undefined {
  const [, month = '', day = '', year = ''] = /^(\d{1,2})-(\d{1,2})-(\d{4})$/.exec(text) ?? [];
  const parsed = parseInstant(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T00:00:00Z`);
  return parsed.kind === 'instant' ? parsed.instant : undefined;
}

/** When the day after begins; null where there is none any more, since years end at 9999. */
export function firstInstantAfter(text: string): Instant | null | undefined {
  const first = firstInstantOf(text);
  if (first === undefined) return undefined;
  return first.startsWith(LAST_DAY) ? null : instantFromMs(Date.parse(first) + DAY_MS);
}
