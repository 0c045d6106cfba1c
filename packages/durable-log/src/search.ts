/** The last index below `length` that satisfies, where all that do come first; -1 where none does. */
export function lastWhere(length: number, satisfies: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (satisfies(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
