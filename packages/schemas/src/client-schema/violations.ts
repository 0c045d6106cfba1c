import { quoted } from '@sluice/core';
import type { ErrorObject } from 'ajv';
import { pointerOf } from '../json/json-fault.ts';
import { JsonIdentities } from '../json/json-identities.ts';
import { followPointer } from '../json/json-pointer.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { received } from '../received.ts';
import { OWN_KEYWORDS } from './keywords.ts';

/** Where a value breaks a client's schema. */
export interface Violation {
  /** RFC 6901, into the value; the nearest that is not overlong. */
  readonly pointer: string;
  /** The rule and the value received; escaped and bounded. */
  readonly detail: string;
}

export const MAX_VIOLATIONS = 10;
const MAX_SHOWN = 120;

/** Says of a value's faults, as ajv names them, the first that matter; those of a whole choice before those of its branches. */
export function violationsOf(errors: readonly ErrorObject[], value: JsonValue): readonly Violation[] {
  // Why a name is wrong is told with the name itself.
  const told = errors.filter(({ propertyName }) => propertyName === undefined);
  const choices = told.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf').reverse();
  const others = told.filter((error) => !choices.includes(error));
  return [...choices, ...others].slice(0, MAX_VIOLATIONS).map((error) => violationOf(error, value));
}

function violationOf({ keyword, instancePath, params }: ErrorObject, root: JsonValue): Violation {
  const { value, path } = followPointer(root, instancePath) ?? { value: root, path: [] };
  if (keyword === 'propertyNames') {
    const name = String(params.propertyName);
    const detail = `must have a name that propertyNames allows, got ${quoted(name)}`;
    return { pointer: pointerOf([...path, name].reverse()), detail };
  }
  const rule = Object.hasOwn(RULES, keyword) ? RULES[keyword] : undefined;
  const detail = rule ? rule(params, value) : `must keep the rule ${quoted(keyword)}, got ${received(value)}`;
  return { pointer: pointerOf(path.toReversed()), detail };
}

type Params = ErrorObject['params'];
type Told = (params: Params, value: JsonValue) => string;

const limited =
  (words: string, keyword: string): Told =>
  ({ limit }, value) =>
    `must be ${words} ${limit} (${keyword}), got ${received(value)}`;

const counted =
  (words: string, things: string, keyword: string, count: (value: JsonValue) => string): Told =>
  ({ limit }, value) =>
    `must have ${words} ${limit} ${things} (${keyword}), got ${count(value)}`;

const characters = (value: JsonValue): string => `${received(value)} of ${[...String(value)].length}`;
const size = (value: JsonValue): string => String(Object.keys(value as object).length);

const missing: Told = ({ missingProperty, property }) => {
  const keyword = property === undefined ? 'required' : `with ${quoted(String(property), 40)}`;
  return `must have the property ${quoted(String(missingProperty))} (${keyword}), got an object without it`;
};

/** By ajv's keyword. */
const RULES: Readonly<Record<string, Told>> = {
  type: ({ type }, value) => `must be of type ${[type].flat().join(' or ')}, got ${received(value)}`,
  enum: ({ asked }, value) => `must be one of ${listed(asked)} (enum), got ${received(value)}`,
  const: ({ asked }, value) => `must be ${listed([asked])} (const), got ${received(value)}`,
  minimum: limited('at least', 'minimum'),
  maximum: limited('at most', 'maximum'),
  exclusiveMinimum: limited('more than', 'exclusiveMinimum'),
  exclusiveMaximum: limited('less than', 'exclusiveMaximum'),
  multipleOf: ({ asked }, value) => `must be a multiple of ${asked} (multipleOf), got ${received(value)}`,
  minLength: counted('at least', 'characters', 'minLength', characters),
  maxLength: counted('at most', 'characters', 'maxLength', characters),
  pattern: ({ pattern }, value) => `must match the pattern ${quoted(String(pattern))}, got ${received(value)}`,
  minItems: counted('at least', 'items', 'minItems', size),
  maxItems: counted('at most', 'items', 'maxItems', size),
  uniqueItems: (_, value) => {
    const repeat = new JsonIdentities().repeatIn(value as readonly JsonValue[]) ?? [];
    return `must have no two equal items (uniqueItems), got items ${repeat.join(' and ')} alike`;
  },
  contains: ({ least, most }, value) =>
    `must have ${most === null ? `at least ${least}` : `${least} to ${most}`} items that contains allows, got ${received(value)} with ${most === null ? 'fewer' : 'fewer or more'}`,
  minProperties: counted('at least', 'properties', 'minProperties', size),
  maxProperties: counted('at most', 'properties', 'maxProperties', size),
  required: missing,
  dependencies: missing,
  anyOf: (_, value) => `must be allowed by at least one of the schemas of anyOf, got ${received(value)}`,
  oneOf: ({ passingSchemas }, value) =>
    `must be allowed by exactly one of the schemas of oneOf, got ${received(value)} that ${Array.isArray(passingSchemas) ? `${passingSchemas.join(' and ')} allow` : 'none allows'}`,
  not: (_, value) => `must not be what the schema in not allows, got ${received(value)}`,
  [OWN_KEYWORDS.nothing]: (_, value) => `must not be there, since its schema is false, got ${received(value)}`,
};

function listed(values: readonly JsonValue[]): string {
  let text = '';
  for (const value of values) {
    const shown = typeof value === 'string' ? quoted(value, 40) : received(value);
    if (text.length + shown.length > MAX_SHOWN) return `${text}, …`;
    text += text === '' ? shown : `, ${shown}`;
  }
  return text;
}
