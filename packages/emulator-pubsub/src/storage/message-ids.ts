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
