import { quoted } from '../quoted.ts';
import { FilterFault } from './filter-fault.ts';
import { unescaped } from './string-literal.ts';

export type Token =
  /** A keyword, a name or a key without quotes. */
  | { readonly kind: 'word'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'sign'; readonly text: string; readonly at: number }
  | { readonly kind: 'end'; readonly text: ''; readonly at: number };

// A minus at the front of a word is an operator, so a word holds one only further on.
const WORD = /[A-Za-z0-9_][A-Za-z0-9_-]*/y;
const STRING = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/sy;
const SIGN = /!=|[=:.,()-]/y;
const SPACE = /\s+/y;

/** Cuts a filter into its tokens, without the space between them; the last is the end. */
export function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(filter);
  };
  while (at < filter.length) {
    const found = match(SPACE) ?? match(WORD) ?? match(STRING) ?? match(SIGN);
    if (found === null) throw new FilterFault(unknownAt(filter, at));
    const token = tokenOf(found, at);
    if (token !== undefined) tokens.push(token);
    at += found[0].length;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function tokenOf({ 0: text, 1: inDouble, 2: inSingle }: RegExpExecArray, at: number): Token | undefined {
  const body = inDouble ?? inSingle;
  if (body !== undefined) return { kind: 'string', text: unescaped(body), at };
  if (/^\s/.test(text)) return undefined;
  return { kind: /^\w/.test(text) ? 'word' : 'sign', text, at };
}

function unknownAt(filter: string, at: number): string {
  const [first = ''] = filter.slice(at);
  if (first === '"' || first === "'") return `a string must end with ${first}, got none for the one at ${at + 1}`;
  const rest = String.fromCodePoint(filter.codePointAt(at) ?? 0);
  return `a character that is no letter, digit, "_" or "-" must be in a string, got ${quoted(rest)} at ${at + 1}`;
}
