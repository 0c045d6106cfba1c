import { VarintReader, varintBytes, writeVarint } from '../varint.ts';

/** Null removes. */
export interface Change {
  readonly key: string;
  readonly value: Buffer | null;
}

/**
 * What is in a log of changes, numbers as varints:
 *
 *     entry  = kind(1) change*               kind 0: changes; kind 1: all that there is
 *     change = keyBytes key 0                removed
 *            | keyBytes key valueBytes+1 value
 */
export interface ChangeEntry {
  readonly isSnapshot: boolean;
  readonly changes: readonly Change[];
}

export function encodeChanges({ isSnapshot, changes }: ChangeEntry): Buffer {
  const pieces: Buffer[] = [Buffer.of(isSnapshot ? 1 : 0)];
  for (const { key, value } of changes) {
    const keyBytes = Buffer.from(key);
    pieces.push(varint(keyBytes.length), keyBytes, varint(value === null ? 0 : value.length + 1));
    if (value !== null) pieces.push(value);
  }
  return Buffer.concat(pieces);
}

/** The values have memory of their own. */
export function decodeChanges(payload: Buffer): ChangeEntry {
  const reader = new VarintReader(payload);
  const isSnapshot = reader.varint() === 1;
  const changes: Change[] = [];
  while (!reader.isAtEnd) {
    const key = reader.take(reader.varint()).toString();
    const valueBytes = reader.varint();
    changes.push({ key, value: valueBytes === 0 ? null : Buffer.from(reader.take(valueBytes - 1)) });
  }
  return { isSnapshot, changes };
}

function varint(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(varintBytes(value));
  writeVarint(bytes, 0, value);
  return bytes;
}
