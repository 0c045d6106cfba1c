/**
 * The text of these bytes; undefined where they are not UTF-8. Decoding puts U+FFFD in place of what is none, so only a text
 * that has one is looked at twice: encoded again, valid bytes alone are the same.
 */
export function utf8Text(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') && !bytes.equals(Buffer.from(text)) ? undefined : text;
}
