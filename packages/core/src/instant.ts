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

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const MAX_LENGTH = 64;
const SECONDS_END = 'YYYY-MM-DDTHH:MM:SS'.length;
const INSTANT_LENGTH = 'YYYY-MM-DDTHH:MM:SS.ffffffZ'.length;
/** What is missing from an instant, by how many characters there are after its seconds. */
const ENDINGS = ['.000000Z', '000000Z', '00000Z', '0000Z', '000Z', '00Z', '0Z', 'Z'] as const;
const OFFSET_LENGTH = '+HH:MM'.length;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
/** Of the Gregorian calendar, which repeats itself after 400 years. */
const CYCLE_MS = 146_097 * 86_400_000;
const FIRST_MS = Date.UTC(2001, 0, 1) - 5 * CYCLE_MS;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads an RFC 3339 date-time (https://www.rfc-editor.org/rfc/rfc3339#section-5.6), strictly: upper-case `T` and `Z`, an
 * offset always, days that exist, hours to 23, no leap second (POSIX time has no place for it). Digits past microseconds
 * are cut, never rounded. Made for each record twice, so nothing is captured and no `Date` made that is not needed.
 */
export function parseInstant(text: string): ParsedInstant {
  if (text.length > MAX_LENGTH) return refused(`be at most ${MAX_LENGTH} characters`);
  if (!RFC3339.test(text)) return refused(shapeFault(text));
  const isUtc = text.endsWith('Z');
  const zoneAt = text.length - (isUtc ? 1 : OFFSET_LENGTH);
  const fault = fieldFault(text) ?? (isUtc ? undefined : offsetFault(text, zoneAt));
  if (fault) return refused(fault);
  if (isUtc && text.length === INSTANT_LENGTH && !text.startsWith('0000')) {
    return { kind: 'instant', instant: text as Instant };
  }
  const end = Math.min(zoneAt, INSTANT_LENGTH - 1);
  const upTo = isUtc ? text.slice(0, end) : inUtc(text, zoneAt, end);
  if (upTo === undefined || upTo.startsWith('0000')) return refused('lie between year 0001 and 9999 in UTC');
  return { kind: 'instant', instant: (upTo + ENDINGS[end - SECONDS_END]) as Instant };
}

/** A clock's reading; below a millisecond there is nothing. Times outside of years 1 to 9999 become the nearest end. */
export function instantFromMs(ms: number): Instant {
  const inside = Math.min(Math.max(Math.trunc(ms) || 0, FIRST_MS), LAST_MS);
  return `${new Date(inside).toISOString().slice(0, 23)}000Z` as Instant;
}

/** With its fraction up to `end`; undefined outside of years 1 to 9999. */
function inUtc(text: string, zoneAt: number, end: number): string | undefined {
  // Date.UTC reads years below 100 as 19xx, so it is given the same day of a later cycle of 400 years.
  const day = Date.UTC(digits(text, 0, 4) + 400, digits(text, 5, 2) - 1, digits(text, 8, 2)) - CYCLE_MS;
  const offsetMinutes = digits(text, zoneAt + 1, 2) * 60 + digits(text, zoneAt + 4, 2);
  const minutes = digits(text, 11, 2) * 60 + digits(text, 14, 2) + (text[zoneAt] === '-' ? 1 : -1) * offsetMinutes;
  const ms = day + minutes * 60_000 + digits(text, 17, 2) * 1000;
  return ms < FIRST_MS || ms > LAST_MS ? undefined : secondsOf(new Date(ms)) + text.slice(SECONDS_END, end);
}

/** What `toISOString` begins with, in a third of its time. */
function secondsOf(date: Date): string {
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  const day = `${year}-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`;
  return `${day}T${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}:${twoDigits(date.getUTCSeconds())}`;
}

const twoDigits = (number: number): string => (number < 10 ? `0${number}` : String(number));

const refused = (rule: string): ParsedInstant => ({ kind: 'refused', rule });

function fieldFault(text: string): string | undefined {
  const month = digits(text, 5, 2);
  if (month < 1 || month > 12) return 'have a month between 01 and 12';
  const day = digits(text, 8, 2);
  const days = month === 2 && isLeap(digits(text, 0, 4)) ? 29 : (DAYS[month - 1] ?? 0);
  if (day < 1 || day > days) return `have a day that exists: that month has ${days} days`;
  if (digits(text, 11, 2) > 23) return 'have an hour between 00 and 23';
  if (digits(text, 14, 2) > 59) return 'have minutes between 00 and 59';
  if (digits(text, 17, 2) > 59) return 'have seconds between 00 and 59 (leap seconds cannot be stored)';
  return undefined;
}

function offsetFault(text: string, zoneAt: number): string | undefined {
  if (digits(text, zoneAt + 1, 2) <= 23 && digits(text, zoneAt + 4, 2) <= 59) return undefined;
  return 'have an offset between -23:59 and +23:59';
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** The number that stands there; the caller knows that there are digits. */
function digits(text: string, from: number, count: number): number {
  let number = 0;
  for (let at = from; at < from + count; at++) number = number * 10 + text.charCodeAt(at) - 0x30;
  return number;
}

function shapeFault(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return 'have a time of day, such as T15:04:05Z';
  if (/^\d{4}-\d{2}-\d{2}[t ]/.test(text)) return 'have an upper-case T between date and time';
  if (/z$/.test(text)) return 'end in an upper-case Z';
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$/.test(text)) return 'have an offset: Z or one such as +02:00';
  if (/[+-]\d{2}(\d{2})?$/.test(text) && text.includes('T')) return 'have a colon in its offset, such as +02:00';
  if (/:\d{2},\d/.test(text)) return 'have a point, not a comma, before the fraction of a second';
  if (/^[+-]?\d{5,}-/.test(text)) return 'have a year of four digits';
  return 'be an RFC 3339 date-time such as 2006-01-02T15:04:05Z';
}
