/** The values that are there more than once. */
export function repeatedIn<T>(values: Iterable<T>): Set<T> {
  const seen = new Set<T>();
  const repeated = new Set<T>();
  for (const value of values) {
    if (seen.has(value)) repeated.add(value);
    seen.add(value);
  }
  return repeated;
}
