import { printable, quoted } from '@sluice/core';
import { RE2JS } from 're2js';
import { translatePattern } from './pattern-translation.ts';

/** A regular expression as JSON Schema means it: ECMAScript's, searched for anywhere in the text. */
export interface LinearPattern {
  readonly kind: 'pattern';
  /** Of the program that it is compiled to, in steps, about. */
  readonly size: number;
  /** How many of its steps each character of a text can take, at worst. */
  readonly stepsPerCharacter: number;
  /** Takes time linear in the text's length, times `stepsPerCharacter` at worst. */
  test(text: string): boolean;
}

export type PatternVerdict = LinearPattern | { readonly kind: 'refused'; readonly detail: string };

/** What counted repetitions may unroll to. */
export const MAX_PATTERN_SIZE = 1_000;
/**
 * The same, where a text can be on more than one way through the pattern at a time: each character may then have to take
 * a step on every one of them.
 */
export const MAX_BRANCHING_SIZE = 64;

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
    // RE2's own name for a pattern that is anchored at both ends, and where the next character always tells the way.
    const isOneWay = compiled.re2Input.onepass !== null;
    if (!isOneWay && size > MAX_BRANCHING_SIZE) return refused(source, branching(size));
    return { kind: 'pattern', size, stepsPerCharacter: isOneWay ? 1 : size, test: (text) => compiled.test(text) };
  } catch (error) {
    return refused(
      source,
      `be one that RE2 takes: ${printable(error instanceof Error ? error.message : String(error), 120)}`,
    );
  }
}

const branching = (size: number): string =>
  `unroll to at most ${MAX_BRANCHING_SIZE} steps, not to ${size}, unless it goes from ^ to $ and each character tells the way`;

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
