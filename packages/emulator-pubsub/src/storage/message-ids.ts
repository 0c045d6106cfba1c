/** Serial numbers count tenths of a second from here, so that they have ten digits from 2018 to 2046. */
const EPOCH_MS = Date.UTC(2015, 0, 1);
const MIN_SERIAL = 1e9;

/**
 * The serial number of a topic that is made now: greater than any before it in this server and, as the clock goes into
 * it, hardly ever one that a server had before whose directory is gone.
 */
export function nextSerial(lastSerial: number, nowMs: number): number {
  return Math.max(lastSerial + 1, Math.floor((nowMs - EPOCH_MS) / 100), MIN_SERIAL);
}

/**
 * The id of a message: the serial number of its topic, then its offset, in so many digits that no two topics can come to
 * the same. 17 digits together, as Google's have, for the first ten million messages; below 2^63 for a thousand million.
 */
export function messageIdOf(serial: number, offset: number): string {
  return `${serial}${String(offset).padStart(offset < 1e7 ? 7 : offset < 1e9 ? 9 : 15, '0')}`;
}

const NINE = 0x39;

/** The ids of messages that lie one behind the other in a topic. */
export class MessageIds {
  readonly serial: number;
  readonly firstOffset: number;
  readonly count: number;

  constructor(serial: number, firstOffset: number, count: number) {
    this.serial = serial;
    this.firstOffset = firstOffset;
    this.count = count;
  }

  at(index: number): string {
    return messageIdOf(this.serial, this.firstOffset + index);
  }

  digits(): IdDigits {
    return new IdDigits(this.serial, this.firstOffset);
  }
}

/** The ids from one on as ASCII: each is the one before with its last digits changed, without a string of its own. */
export class IdDigits {
  readonly #serial: number;
  #offset: number;
  /** Of the id that it stands at. */
  #digits: Buffer;

  constructor(serial: number, offset: number) {
    this.#serial = serial;
    this.#offset = offset;
    this.#digits = Buffer.from(messageIdOf(serial, offset), 'latin1');
  }

  get length(): number {
    return this.#digits.length;
  }

  advance(): void {
    this.#offset += 1;
    const digits = this.#digits;
    const last = digits.length - 1;
    // Nine times out of ten it is the last digit alone.
    if (digits[last] === NINE) this.#digits = Buffer.from(messageIdOf(this.#serial, this.#offset), 'latin1');
    else digits[last] = (digits[last] as number) + 1;
  }

  /** @returns the position behind it. */
  write(target: Buffer, at: number): number {
    const digits = this.#digits;
    for (let index = 0; index < digits.length; index += 1) target[at + index] = digits[index] as number;
    return at + digits.length;
  }
}
