/** @throws RangeError where one is none. */
export function checkOffsets(offsets: readonly number[]): void {
  for (const offset of offsets) {
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new RangeError(`an offset must be a whole number from 0 on, got ${offset}`);
    }
  }
}
