import { utf8Text } from '@sluice/core';

/** What would end the line, or be an order to a terminal instead of text. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * A record's value on one line, fit for a terminal and for a pipe. JSON stays the same JSON: what has to be escaped can
 * only be in its strings, or is space between its parts. A value that is no UTF-8 is shown with `\xNN` for each byte that
 * is no printable ASCII, and no value at all as `null`.
 */
export function printedValue(value: Buffer | null): string {
  if (value === null) return 'null';
  const text = utf8Text(value);
  if (text === undefined) return printedBytes(value);
  if (text.search(UNSAFE) === -1) return text;
  const isSpace = isJson(text) ? (character: string) => '\t\n\r'.includes(character) : () => false;
  return text.replace(UNSAFE, (character) => (isSpace(character) ? ' ' : escaped(character)));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** All of these characters are in the Basic Multilingual Plane. */
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

function printedBytes(value: Buffer): string {
  return value.toString('latin1').replace(/[^ -~]|\\/g, (byte) => {
    return byte === '\\' ? '\\\\' : `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
