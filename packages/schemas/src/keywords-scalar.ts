import { quoted } from '@sluice/core';
import type { JsonObject } from './canonical-json.ts';
import type { Check } from './client-validation.ts';
import { isMultipleOf } from './decimal.ts';
import type { LinearPattern } from './linear-pattern.ts';
import { received } from './received.ts';
import type { JsonValue } from './strict-json.ts';

/** The rules for a number; called with numbers alone. */
export function* numberChecks(schema: JsonObject): Generator<Check> {
  const rules = [
    ['minimum', 'at least', (value: number, limit: number) => value >= limit],
    ['maximum', 'at most', (value: number, limit: number) => value <= limit],
    ['exclusiveMinimum', 'more than', (value: number, limit: number) => value > limit],
    ['exclusiveMaximum', 'less than', (value: number, limit: number) => value < limit],
    ['multipleOf', 'a multiple of', isMultipleOf],
  ] as const;
  for (const [keyword, words, holds] of rules) {
    const limit = schema[keyword];
    if (typeof limit !== 'number') continue;
    const must = (value: JsonValue): string => `must be ${words} ${limit} (${keyword}), got ${received(value)}`;
    yield (value, run) => holds(value as number, limit) || run.fails(value, must);
  }
}

/**
 * The rules for a text; called with texts alone.
 * @param patternOf gives back what the schema's patterns were compiled to
 */
export function* stringChecks(schema: JsonObject, patternOf: (source: string) => LinearPattern): Generator<Check> {
  const { minLength, maxLength, pattern } = schema;
  if (typeof minLength === 'number' && minLength > 0) {
    const must = lengthRule('at least', minLength, 'minLength');
    yield (value, run) => isAsLong(value as string, minLength) || run.fails(value, must);
  }
  if (typeof maxLength === 'number') {
    const must = lengthRule('at most', maxLength, 'maxLength');
    yield (value, run) => !isAsLong(value as string, maxLength + 1) || run.fails(value, must);
  }
  if (typeof pattern === 'string') {
    const compiled = patternOf(pattern);
    const must = (value: JsonValue): string => `must match the pattern ${quoted(pattern)}, got ${received(value)}`;
    yield (value, run) => compiled.test(value as string) || run.fails(value, must);
  }
}

const lengthRule =
  (words: string, limit: number, keyword: string) =>
  (value: JsonValue): string =>
    `must have ${words} ${limit} characters (${keyword}), got ${received(value)} of ${lengthOf(value as string)}`;

/** Whether a text has so many characters (code points). Two units are one or two of them. */
function isAsLong(text: string, least: number): boolean {
  if (text.length < least) return false;
  return text.length >= least * 2 || lengthOf(text) >= least;
}

function lengthOf(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    // Texts are well-formed, so each low surrogate ends a character that has been counted.
    if ((text.charCodeAt(at) & 0xfc00) !== 0xdc00) length++;
  }
  return length;
}
