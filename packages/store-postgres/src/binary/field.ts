import { SluiceError } from '@sluice/core';

/**
 * Values in PostgreSQL's binary format (`uuid_send`, `timestamptz_send`, `int8send`, `textsend`), which costs the server a
 * fraction of what text or JSON does. What the server would refuse, or read as something else, is refused here.
 */
export const UUID_BYTES = 16;
export const INT4_BYTES = 4;
export const INT8_BYTES = 8;

/** A day's 86,400,000,000 µs, in the two halves that an int64 is written in: BigInts cost more than all else here. */
const DAY_HIGH = 20;
const DAY_LOW = 500_654_080;
const DAYS_TO_2000 = 10_957;
const DAY_LENGTH = 'YYYY-MM-DD'.length;
const INSTANT_LENGTH = 'YYYY-MM-DDTHH:MM:SS.ffffffZ'.length;

/** Where the pairs of digits begin in `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`. */
const UUID_PAIRS = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34);
const DASH = '-'.charCodeAt(0);

/** By character code: the value of a lower-case hexadecimal digit, or more than any has. */
const NO_DIGIT = 0xff;
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value === -1 ? NO_DIGIT : value;
});

/** A UUID in lower case, as 16 bytes. @throws SluiceError `invalid-data` */
export function writeUuid(into: DataView, at: number, value: string): void {
  let worst = hasDashes(value) ? 0 : NO_DIGIT;
  for (let index = 0; index < UUID_BYTES; index++) {
    const pair = UUID_PAIRS[index] ?? 0;
    const high = digit(value, pair);
    const low = digit(value, pair + 1);
    worst |= high | low;
    into.setUint8(at + index, (high << 4) | low);
  }
  if (worst > 15) throw refused(`the command id must be a UUID in lower case, got ${excerpt(value)}`);
}

const hasDashes = (value: string): boolean =>
  value.length === 36 &&
  value.charCodeAt(8) === DASH &&
  value.charCodeAt(13) === DASH &&
  value.charCodeAt(18) === DASH &&
  value.charCodeAt(23) === DASH;

const digit = (text: string, index: number): number => DIGITS[text.charCodeAt(index)] ?? NO_DIGIT;

/** A safe integer, as int8. */
export function writeInt8(into: DataView, at: number, value: number): void {
  writeHalves(into, at, 0, value);
}

/** Writes high · 2^32 + low, where `low` may be any safe integer. */
function writeHalves(into: DataView, at: number, high: number, low: number): void {
  into.setInt32(at, high + Math.floor(low / 2 ** 32));
  into.setInt32(at + 4, low);
}

/** Writes one column's instants, as microseconds since 2000: neighbours mostly share their day, and a calendar is slow. */
export class InstantWriter {
  #day = '';
  #days = 0;

  /** @throws SluiceError `invalid-data` */
  write(into: DataView, at: number, value: string): void {
    if (this.#day === '' || value.length !== INSTANT_LENGTH || !value.startsWith(this.#day)) {
      this.#days = daysSince2000(value);
      this.#day = value.slice(0, DAY_LENGTH);
    }
    writeHalves(into, at, this.#days * DAY_HIGH, this.#days * DAY_LOW + microsInDay(value));
  }
}

/** PostgreSQL reads `now` and `infinity` as times too; an instant has one form. */
function daysSince2000(value: string): number {
  const ms =
    value.length === INSTANT_LENGTH && value.endsWith('Z') ? Date.parse(value.slice(0, DAY_LENGTH)) : Number.NaN;
  if (!Number.isNaN(ms)) return ms / 86_400_000 - DAYS_TO_2000;
  throw refused(`a timestamp must be an instant in UTC with microseconds, got ${excerpt(value)}`);
}

/** Of `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
function microsInDay(value: string): number {
  const seconds = twoDigits(value, 11) * 3600 + twoDigits(value, 14) * 60 + twoDigits(value, 17);
  return seconds * 1_000_000 + twoDigits(value, 20) * 10_000 + twoDigits(value, 22) * 100 + twoDigits(value, 24);
}

const twoDigits = (text: string, at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;

/** Makes one column's texts, each after its length as int4: neighbours mostly are the same. */
export class TextMaker {
  readonly #field: string;
  readonly #prefix: string;
  #last: string | undefined;
  #element = Buffer.alloc(0);

  /** @param prefix what a type's binary format has before its text */
  constructor(field: string, prefix = '') {
    this.#field = field;
    this.#prefix = prefix;
  }

  /** @throws SluiceError `invalid-data` where PostgreSQL's text cannot hold it */
  make(value: string): Buffer {
    if (value !== this.#last) {
      this.#element = lengthAndText(this.#field, this.#prefix, value);
      this.#last = value;
    }
    return this.#element;
  }
}

function lengthAndText(field: string, prefix: string, value: string): Buffer<ArrayBuffer> {
  requireText(field, value);
  const bytes = Buffer.from(`0000${prefix}${value}`, 'utf8');
  bytes.writeInt32BE(bytes.length - 4);
  return bytes;
}

/** @throws SluiceError `invalid-data` where PostgreSQL's text cannot hold it */
export function requireText(field: string, value: string): void {
  if (value.isWellFormed() && !value.includes('\0')) return;
  throw refused(`${field} must be text without NUL or half a surrogate pair, got ${excerpt(value)}`);
}

const refused = (message: string): SluiceError => new SluiceError('invalid-data', message);

const excerpt = (value: string): string => JSON.stringify(value.slice(0, 100));
