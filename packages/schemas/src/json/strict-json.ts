import { quoted, utf8Text } from '@sluice/core';
import type { JsonFault } from './json-fault.ts';
import { findJsonFault } from './json-scan.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type StrictJson =
  | { readonly kind: 'json'; readonly value: JsonValue }
  | ({ readonly kind: 'refused' } & JsonFault);

/**
 * Reads JSON of which nothing changes or breaks further down: RFC 8259 in valid UTF-8 without a byte order mark, each key
 * once and none `__proto__`, no more than 32 levels of arrays and objects, no NUL, no lone surrogate, and only numbers
 * that are printed with the decimal value they were written with (`1.0`, `1e2` and `-0` keep theirs, 1, 100 and 0).
 * Time is linear in the length; the stack is bounded.
 */
export function parseStrictJson(source: Uint8Array | string): StrictJson {
  const text = typeof source === 'string' ? source : bufferOf(source).toString('utf8');
  if (text.charCodeAt(0) === 0xfeff) return refused('byte-order-mark', 'not begin with a byte order mark');
  // Decoding puts U+FFFD in place of what is no UTF-8, so only a text that has one needs a second look.
  if (typeof source !== 'string' && text.includes('\uFFFD') && utf8Text(bufferOf(source)) === undefined) {
    return refused('utf-8', `be valid UTF-8, got ${quoted(text)}`);
  }
  const fault = findJsonFault(text);
  return fault ? { kind: 'refused', ...fault } : { kind: 'json', value: JSON.parse(text) as JsonValue };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const refused = (rule: JsonFault['rule'], must: string): StrictJson => ({ kind: 'refused', rule, pointer: '', must });
