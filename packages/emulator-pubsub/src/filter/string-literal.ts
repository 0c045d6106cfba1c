import { quoted } from '../quoted.ts';
import { FilterFault } from './filter-fault.ts';

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
  ['?', '?'],
]);

const ESCAPE = /\\(?:[xX]([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-3][0-7]{2})|(.))/gsu;

/**
 * The text that a string literal stands for, its quotes taken off. The escapes are those of GoogleSQL, which the filter
 * language follows: `\n` and its like, `\x41`, `\u0041`, `\U0001f600` and octal `\101`, each a code point.
 */
export function unescaped(body: string): string {
  return body.replace(ESCAPE, (written: string, hex?: string, short?: string, long?: string, octal?: string) => {
    const digits = hex ?? short ?? long;
    if (digits !== undefined) return character(written, Number.parseInt(digits, 16));
    if (octal !== undefined) return character(written, Number.parseInt(octal, 8));
    const simple = SIMPLE_ESCAPES.get(written.slice(1));
    if (simple === undefined) throw new FilterFault(`a string must hold known escapes, got ${quoted(written)}`);
    return simple;
  });
}

function character(written: string, codePoint: number): string {
  if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
    throw new FilterFault(`an escape must stand for a Unicode character, got ${quoted(written)}`);
  }
  return String.fromCodePoint(codePoint);
}
