import { SluiceError } from '@sluice/core';

/**
 * Array parameters in PostgreSQL's binary format (`array_send` of its arrayfuncs.c), which cost the server a fraction of
 * what text or JSON does; `pg` sends a Buffer as a binary parameter:
 *
 *     int32 dimensions = 1 · int32 has nulls = 0 · int32 element type · int32 elements · int32 first index = 1
 *     { int32 bytes · the element }
 */
const HEADER_BYTES = 20;

/** Object ids of element types, fixed in pg_type.dat. */
const UUID = 2950;
const INT8 = 20;
const TEXT = 25;
const TIMESTAMPTZ = 1184;

const MICROS_PER_DAY = 86_400_000_000n;
const DAYS_TO_2000 = 10_957n;

/** Where the pairs of digits begin in `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, and where the dashes are. */
const UUID_PAIRS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const UUID_DASHES = [8, 13, 18, 23] as const;

/** By character code: the value of a lower-case hexadecimal digit, or more than any has. */
const NO_DIGIT = 0xff;
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value === -1 ? NO_DIGIT : value;
});

/** Lower-case UUIDs. @throws SluiceError `invalid-data` */
export function uuidArray(values: readonly string[]): Buffer {
  const { bytes, view } = allocate(UUID, values.length, 16);
  let at = HEADER_BYTES;
  for (const value of values) {
    let worst = value.length === 36 && UUID_DASHES.every((index) => value[index] === '-') ? 0 : NO_DIGIT;
    view.setInt32(at, 16);
    at += 4;
    for (const pair of UUID_PAIRS) {
      const [high, low] = [digit(value, pair), digit(value, pair + 1)];
      worst |= high | low;
      bytes[at++] = (high << 4) | low;
    }
    if (worst > 15) throw refused(`the command id must be a UUID in lower case, got ${excerpt(value)}`);
  }
  return bytes;
}

const digit = (text: string, index: number): number => DIGITS[text.charCodeAt(index)] ?? NO_DIGIT;

/** Instants, as microseconds since 2000. @throws SluiceError `invalid-data` */
export function instantArray(values: readonly string[]): Buffer {
  const { bytes, view } = allocate(TIMESTAMPTZ, values.length, 8);
  let at = HEADER_BYTES;
  let day = '';
  let dayMicros = 0n;
  for (const value of values) {
    const valueDay = value.slice(0, 10);
    // Neighbours mostly share their day, and a calendar is slow.
    if (valueDay !== day) {
      dayMicros = microsOfDay(value);
      day = valueDay;
    }
    view.setInt32(at, 8);
    view.setBigInt64(at + 4, dayMicros + BigInt(microsInDay(value)));
    at += 12;
  }
  return bytes;
}

/** Safe integers, as bigint. */
export function integerArray(values: readonly number[]): Buffer {
  const { bytes, view } = allocate(INT8, values.length, 8);
  let at = HEADER_BYTES;
  for (const value of values) {
    view.setInt32(at, 8);
    view.setBigInt64(at + 4, BigInt(value));
    at += 12;
  }
  return bytes;
}

/** @throws SluiceError `invalid-data` where PostgreSQL's text cannot hold one */
export function textArray(field: string, values: readonly string[]): Buffer {
  const parts: Buffer[] = [allocate(TEXT, values.length, -4).bytes];
  let last = '';
  let part = textElement(field, last);
  for (const value of values) {
    // Neighbours mostly are the same.
    if (value !== last) part = textElement(field, value);
    last = value;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function textElement(field: string, value: string): Buffer {
  if (!value.isWellFormed() || value.includes('\0')) {
    throw refused(`${field} must be text without NUL or half a surrogate pair, got ${excerpt(value)}`);
  }
  const bytes = Buffer.from(`0000${value}`, 'utf8');
  bytes.writeInt32BE(bytes.length - 4);
  return bytes;
}

function allocate(
  type: number,
  count: number,
  elementBytes: number,
): { readonly bytes: Buffer; readonly view: DataView } {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + count * (4 + elementBytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setInt32(0, 1);
  view.setInt32(4, 0);
  view.setInt32(8, type);
  view.setInt32(12, count);
  view.setInt32(16, 1);
  return { bytes, view };
}

/** PostgreSQL reads `now` and `infinity` as times too; an instant has one form. */
function microsOfDay(value: string): bigint {
  const ms = value.length === 27 && value.endsWith('Z') ? Date.parse(value.slice(0, 10)) : Number.NaN;
  if (!Number.isNaN(ms)) return (BigInt(ms / 86_400_000) - DAYS_TO_2000) * MICROS_PER_DAY;
  throw refused(`a timestamp must be an instant in UTC with microseconds, got ${excerpt(value)}`);
}

/** Of `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
function microsInDay(value: string): number {
  const seconds = twoDigits(value, 11) * 3600 + twoDigits(value, 14) * 60 + twoDigits(value, 17);
  return seconds * 1_000_000 + twoDigits(value, 20) * 10_000 + twoDigits(value, 22) * 100 + twoDigits(value, 24);
}

const twoDigits = (text: string, at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;

const refused = (message: string): SluiceError => new SluiceError('invalid-data', message);

const excerpt = (value: string): string => JSON.stringify(value.slice(0, 100));
