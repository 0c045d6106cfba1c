import { quoted } from '@sluice/core';
import { canonicalText, type JsonObject } from './canonical-json.ts';
import type { Check } from './client-validation.ts';
import { received } from './received.ts';
import type { JsonValue } from './strict-json.ts';

const MAX_SHOWN = 120;

const IS_OF: Readonly<Record<string, (value: JsonValue) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  string: (value) => typeof value === 'string',
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** `type`, `enum` and `const`: the rules for a value of whatever type. */
export function* anyChecks(schema: JsonObject): Generator<Check> {
  if (schema.type !== undefined) yield typeCheck(Array.isArray(schema.type) ? schema.type : [schema.type]);
  if (schema.const !== undefined) yield oneOfValues([schema.const], 'const');
  if (Array.isArray(schema.enum)) yield oneOfValues(schema.enum, 'enum');
}

function typeCheck(types: readonly string[]): Check {
  const tests = types.map((type) => IS_OF[type] ?? (() => false));
  const must = (value: JsonValue): string => `must be of type ${types.join(' or ')}, got ${received(value)}`;
  const [only] = tests;
  if (only && tests.length === 1) return (value, run) => only(value) || run.fails(value, must);
  return (value, run) => tests.some((test) => test(value)) || run.fails(value, must);
}

/** Time does not grow with the number of values that are allowed, nor beyond the size of the largest. */
function oneOfValues(values: readonly JsonValue[], keyword: 'const' | 'enum'): Check {
  const plain = new Set<JsonValue>();
  const compound = new Set<string>();
  let longest = 0;
  for (const value of values) {
    if (typeof value !== 'object' || value === null) {
      plain.add(value);
      continue;
    }
    const text = canonicalText(value) ?? '';
    longest = Math.max(longest, text.length);
    compound.add(text);
  }
  const one = keyword === 'const' ? 'be' : 'be one of';
  const must = (value: JsonValue): string => `must ${one} ${listed(values)} (${keyword}), got ${received(value)}`;
  return (value, run) => {
    if (typeof value !== 'object' || value === null) return plain.has(value) || run.fails(value, must);
    if (longest === 0) return run.fails(value, must);
    const text = canonicalText(value, longest);
    return (text !== undefined && compound.has(text)) || run.fails(value, must);
  };
}

function listed(values: readonly JsonValue[]): string {
  let text = '';
  for (const value of values) {
    const shown = typeof value === 'string' ? quoted(value, 40) : received(value);
    if (text.length + shown.length > MAX_SHOWN) return `${text}, …`;
    text += text === '' ? shown : `, ${shown}`;
  }
  return text;
}
