import { isUtf8 } from 'node:buffer';

/** The text of pairs as forms and queries have them; undefined where bytes or escapes are no UTF-8. */
export function encodedPairs(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString();
  return isDecodable(text) ? text : undefined;
}

/** The pairs. A question mark at the text's beginning belongs to the first name, which is not what the class thinks. */
export const searchParams = (text: string): URLSearchParams => new URLSearchParams(`?${text}`);

export function isDecodable(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
