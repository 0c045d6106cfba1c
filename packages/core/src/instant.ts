/**
 * A moment in UTC with microseconds, always written `YYYY-MM-DDTHH:MM:SS.ffffffZ`, from year 1 to 9999, so that text order
 * is time order and a database reads it back as it was.
 */
export type Instant = string & { readonly [instant]: true };
declare const instant: unique symbol;

export type ParsedInstant =
  | { readonly kind: 'instant'; readonly instant: Instant }
  /** `rule` completes the sentence "the timestamp must …". */
  | { readonly kind: 'refused'; readonly rule: string };

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:(Z)|([+-])(\d{2}):(\d{2}))$/;
const MAX_LENGTH = 64;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const FIRST_MS = Date.UTC(2000, 0, 1) - 730_119 * 86_400_000;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads an RFC 3339 date-time (https://www.rfc-editor.org/rfc/rfc3339#section-5.6), strictly: upper-case `T` and `Z`, an
 * offset always, days that exist, hours to 23, no leap second (POSIX time has no place for it). Digits past microseconds
 * are cut, never rounded.
 */
export function parseInstant(text: string): ParsedInstant {
  if (text.length > MAX_LENGTH) return refused(`be at most ${MAX_LENGTH} characters`);
  const match = RFC3339.exec(text);
  if (!match) return refused(shapeFault(text));
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const fault = fieldFault(year, month, day, hour, minute, second);
  if (fault) return refused(fault);
  const [offsetHour, offsetMinute] = match[8] ? [0, 0] : [Number(match[10]), Number(match[11])];
  if (offsetHour > 23 || offsetMinute > 59) return refused('have an offset between -23:59 and +23:59');
  const fraction = (match[7] ?? '').slice(0, 6).padEnd(6, '0');
  const offsetMs = (match[9] === '-' ? -1 : 1) * (offsetHour * 60 + offsetMinute) * 60_000;
  // Date.UTC reads years below 100 as 19xx, so the year is set on its own.
  const atUtc =
    new Date(Date.UTC(2000, month - 1, day, hour, minute, second)).setUTCFullYear(year, month - 1, day) - offsetMs;
  if (atUtc < FIRST_MS || atUtc > LAST_MS) return refused('lie between year 0001 and 9999 in UTC');
  return { kind: 'instant', instant: `${new Date(atUtc).toISOString().slice(0, 19)}.${fraction}Z` as Instant };
}

/** A clock's reading; below a millisecond there is nothing. Times outside of years 1 to 9999 become the nearest end. */
export function instantFromMs(ms: number): Instant {
  const inside = Math.min(Math.max(Math.trunc(ms) || 0, FIRST_MS), LAST_MS);
  return `${new Date(inside).toISOString().slice(0, 23)}000Z` as Instant;
}

const refused = (rule: string): ParsedInstant => ({ kind: 'refused', rule });

function fieldFault(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): string | undefined {
  if (month < 1 || month > 12) return 'have a month between 01 and 12';
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
  if (day < 1 || day > days) return `have a day that exists: that month has ${days} days`;
  if (hour > 23) return 'have an hour between 00 and 23';
  if (minute > 59) return 'have minutes between 00 and 59';
  if (second > 59) return 'have seconds between 00 and 59 (leap seconds cannot be stored)';
  return undefined;
}

function shapeFault(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return 'have a time of day, such as T15:04:05Z';
  if (/^\d{4}-\d{2}-\d{2}[t ]/.test(text)) return 'have an upper-case T between date and time';
  if (/z$/.test(text)) return 'end in an upper-case Z';
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$/.test(text)) return 'have an offset: Z or one such as +02:00';
  if (/^[+-]?\d{5,}-/.test(text)) return 'have a year of four digits';
  return 'be an RFC 3339 date-time such as 2006-01-02T15:04:05Z';
}
