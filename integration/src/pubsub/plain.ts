export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** Fields that hold a map of the user's: an empty one is the same as none. */
const MAPS = new Set(['labels', 'attributes', 'tags']);
const A_TIME = 1_000_000_000n;

/**
 * What a client answered, as plain data that two servers can be compared in: fields at their defaults left out, as on the
 * wire; bytes as text; durations as `600s`; a point in time as `<time>`, since it is another one in each run.
 */
export function plain(value: unknown): Plain {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value) || value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return value as Plain;
  const time = timeOrDuration(value as Readonly<Record<string, unknown>>);
  if (time !== undefined) return time;
  const kept: Record<string, Plain> = {};
  for (const [name, member] of Object.entries(value)) {
    const made = plain(member);
    if (!isDefault(name, made)) kept[name] = made;
  }
  return kept;
}

function isDefault(name: string, value: Plain): boolean {
  if (value === null || value === '' || value === 0 || value === '0' || value === false) return true;
  if (typeof value === 'string') return value.endsWith('_UNSPECIFIED');
  if (Array.isArray(value)) return value.length === 0;
  return MAPS.has(name) && typeof value === 'object' && Object.keys(value).length === 0;
}

function timeOrDuration(value: Readonly<Record<string, unknown>>): string | undefined {
  const { seconds, nanos, ...rest } = value;
  if (seconds === undefined || nanos === undefined || Object.keys(rest).length > 0) return undefined;
  if (BigInt(String(seconds)) > A_TIME) return '<time>';
  return nanos === 0 ? `${seconds}s` : `${seconds}s and ${nanos}ns`;
}
