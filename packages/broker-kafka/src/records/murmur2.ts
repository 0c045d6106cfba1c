/**
 * The hash by which Kafka's clients choose a key's partition: murmur2 as in the Java client
 * (https://github.com/apache/kafka/blob/4.1.0/clients/src/main/java/org/apache/kafka/common/utils/Utils.java#L501), so that
 * records of one key meet in one partition whichever client sends them. Made positive by dropping the sign, as there.
 */
export function positiveMurmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const M = 0x5bd1e995;
  const length = end - start;
  const at = (index: number): number => bytes[index] ?? 0;
  let hash = 0x9747b28c ^ length;
  let index = start;
  for (; index + 4 <= end; index += 4) {
    let word = at(index) | (at(index + 1) << 8) | (at(index + 2) << 16) | (at(index + 3) << 24);
    word = Math.imul(word, M);
    word ^= word >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  if (index < end) {
    for (let rest = end - 1; rest >= index; rest--) hash ^= at(rest) << (8 * (rest - index));
    hash = Math.imul(hash, M);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, M);
  hash ^= hash >>> 15;
  return hash & 0x7fffffff;
}
