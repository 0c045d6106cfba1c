import { printable, quoted } from '@sluice/core';
import { RE2JS } from 're2js';
import { translatePattern } from './pattern-translation.ts';

/** A regular expression as JSON Schema means it: ECMAScript's, searched for anywhere in the text. */
export interface LinearPattern {
  readonly kind: 'pattern';
  /** About how many steps each character of a text can take. */
  readonly size: number;
  /** Takes time linear in the text's length, times `size` at worst. */
  test(text: string): boolean;
}

export type PatternVerdict = LinearPattern | { readonly kind: 'refused'; readonly detail: string };

/** Of one pattern: what counted repetitions unroll to is what each character of a text can cost. */
export const MAX_PATTERN_SIZE = 256;

/** Compiles a pattern for RE2, which takes no time beyond linear; refuses what RE2 cannot do, and what is too large. */
export function linearPattern(source: string): PatternVerdict {
  const syntax = syntaxFault(source);
  if (syntax !== undefined) return refused(source, `be a regular expression (ECMA-262): ${syntax}`);
  const translation = translatePattern(source);
  if (translation.kind === 'refused') return refused(source, translation.must);
  const { size, re2 } = translation;
  if (size > MAX_PATTERN_SIZE) {
    return refused(
      source,
      `unroll to at most ${MAX_PATTERN_SIZE} steps, not to ${size} (maxLength bounds a length for less)`,
    );
  }
  try {
    const compiled = RE2JS.compile(re2);
    return { kind: 'pattern', size, test: (text) => compiled.test(text) };
  } catch (error) {
    return refused(
      source,
      `be one that RE2 takes: ${printable(error instanceof Error ? error.message : String(error), 120)}`,
    );
  }
}

/** Only parses: nothing is ever matched by the engine's own, backtracking, matcher. */
function syntaxFault(source: string): string | undefined {
  for (const flags of ['u', '']) {
    try {
      new RegExp(source, flags);
      return undefined;
    } catch (error) {
      if (flags === '') return printable(error instanceof Error ? error.message : String(error), 120);
    }
  }
  return undefined;
}

const refused = (source: string, must: string): PatternVerdict => ({
  kind: 'refused',
  detail: `a pattern must ${must}; got ${quoted(source)}`,
});
