import { createHash } from 'node:crypto';
import type { BrokerRecord } from './record.ts';

/**
 * A fingerprint of what a record is: key, value, headers and timestamp. Stored with a position, it tells whether the log
 * still is the one that the store was filled from. Each part is preceded by its length, so that no two records share a
 * form; the headers are sorted by name, since not every client keeps the order between different names.
 */
export function recordDigest(record: BrokerRecord): string {
  const hash = createHash('sha256');
  const part = (bytes: Buffer | string | null): void => {
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(bytes === null ? -1 : Buffer.byteLength(bytes));
    hash.update(length);
    if (bytes !== null) hash.update(bytes);
  };
  part(String(record.timestampMs));
  part(record.key);
  part(record.value);
  const headers = [...record.headers].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const { name, value } of headers) {
    part(name);
    part(value);
  }
  return hash.digest('hex');
}
