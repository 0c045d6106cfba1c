import type { Change } from './change-codec.ts';

/** The changes with memory of their own, as their caller may use his again. */
export function ownChanges(changes: readonly Change[]): Change[] {
  return changes.map(({ key, value }) => ({ key, value: value === null ? null : Buffer.from(value) }));
}

export function applyChanges(values: Map<string, Buffer>, changes: readonly Change[]): void {
  for (const { key, value } of changes) {
    if (value === null) values.delete(key);
    else values.set(key, value);
  }
}
