import type { JsonValue } from './strict-json.ts';

export type JsonObject = { readonly [key: string]: JsonValue };

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * One text for each JSON value, whatever the order of its keys: equal values have equal texts, others do not.
 * @returns undefined where the text would be longer than `maxLength`, found out in time that this length bounds
 */
export function canonicalText(value: JsonValue, maxLength = Number.POSITIVE_INFINITY): string | undefined {
  if (maxLength < 1) return undefined;
  if (typeof value === 'string')
    return value.length + 2 > maxLength ? undefined : within(JSON.stringify(value), maxLength);
  if (typeof value !== 'object' || value === null) return within(JSON.stringify(value), maxLength);
  const isArray = Array.isArray(value);
  const keys = isArray ? undefined : Object.keys(value);
  // Each element takes a character and a comma, each member four more. This also spares the sorting.
  const least = isArray ? value.length * 2 : (keys?.length ?? 0) * 5;
  if (least > maxLength + 1) return undefined;
  let text = isArray ? '[' : '{';
  for (const key of keys?.sort() ?? (value as readonly JsonValue[])) {
    if (text.length > 1) text += ',';
    if (keys) text += `${JSON.stringify(key)}:`;
    const part = canonicalText(
      keys ? ((value as JsonObject)[key as string] as JsonValue) : (key as JsonValue),
      maxLength - text.length - 1,
    );
    if (part === undefined) return undefined;
    text += part;
  }
  return within(text + (isArray ? ']' : '}'), maxLength);
}

const within = (text: string, maxLength: number): string | undefined => (text.length > maxLength ? undefined : text);

/** Whether two schemas are the same JSON value; the order of keys does not matter, that of elements does. */
export function isSameSchema(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => isSameSchema(item, b[index]));
  }
  const [left, right] = [a as JsonObject, b as JsonObject];
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && isSameSchema(left[key] ?? null, right[key] ?? null));
}
