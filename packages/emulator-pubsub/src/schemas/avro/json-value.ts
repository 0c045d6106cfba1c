import { quoted } from '../../quoted.ts';
import { described, isNumber, isObject, isWhole, type Json } from '../json.ts';
import type { AvroEnum, AvroFixed, AvroRecord, AvroType, AvroUnion, Primitive } from './type.ts';

const INT = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
const LONG = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/**
 * A default is written like a value but for two things: it is of the first branch of a union, unnamed, and it may leave out
 * fields that have defaults of their own.
 */
export type Use = 'message' | 'default';

/**
 * Why a value is none of the type in Avro's JSON encoding; undefined where it is. A record's fields have to be there, all
 * of them and no others, whatever their defaults; a union's value is null or an object of its branch's name and value;
 * bytes are a string of characters up to U+00FF; an integer is written without a point or an exponent.
 */
export function jsonFault(type: AvroType, value: Json, use: Use, at = '$'): string | undefined {
  switch (type.kind) {
    case 'record':
      return recordFault(type, value, use, at);
    case 'union':
      return use === 'message' ? unionFault(type, value, at) : firstBranchFault(type, value, at);
    case 'array':
      if (!Array.isArray(value)) return mismatch(at, 'an array', value);
      return firstFault(value, (item: Json, index) => jsonFault(type.items, item, use, `${at}[${index}]`));
    case 'map':
      if (!isObject(value)) return mismatch(at, 'an object', value);
      return firstFault(Object.entries(value), ([key, item]) => jsonFault(type.values, item, use, within(at, key)));
    case 'enum':
      return enumFault(type, value, at);
    case 'fixed':
      return fixedFault(type, value, at);
    default:
      return primitiveFault(type.kind, value, at);
  }
}

function recordFault({ name, fields }: AvroRecord, value: Json, use: Use, at: string): string | undefined {
  if (!isObject(value)) return mismatch(at, `an object for record ${quoted(name)}`, value);
  let known = 0;
  for (const field of fields) {
    const has = Object.hasOwn(value, field.name);
    if (has) known++;
    else if (use === 'default' && field.defaultValue !== undefined) continue;
    const item = has ? value[field.name] : undefined;
    if (item === undefined) return `${at} must have field ${quoted(field.name)}, got none`;
    const fault = jsonFault(field.type, item, use, within(at, field.name));
    if (fault !== undefined) return fault;
  }
  const keys = Object.keys(value);
  if (keys.length === known) return undefined;
  const names = new Set(fields.map((field) => field.name));
  const unknown = keys.find((key) => !names.has(key)) ?? '';
  return `${at} must have the fields of record ${quoted(name)} only, got ${quoted(unknown)}`;
}

function unionFault({ byName }: AvroUnion, value: Json, at: string): string | undefined {
  if (value === null) return byName.has('null') ? undefined : mismatch(at, 'one of the branches', value);
  if (!isObject(value)) return mismatch(at, 'null or an object of a branch and its value', value);
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) {
    return `${at} must be an object of one branch, got ${others.length === 0 ? 'none' : others.length + 1}`;
  }
  const [name, item] = entry;
  const branch = byName.get(name);
  // The branch null has no name in JSON: it is written as null.
  if (branch === undefined || name === 'null') return `${at} must name one of the branches, got ${quoted(name)}`;
  return jsonFault(branch, item, 'message', within(at, name));
}

/** So that whoever reads it knows the branch without a name. */
function firstBranchFault({ branches: [first] }: AvroUnion, value: Json, at: string): string | undefined {
  return first === undefined ? undefined : jsonFault(first, value, 'default', at);
}

function enumFault({ name, symbols }: AvroEnum, value: Json, at: string): string | undefined {
  if (typeof value === 'string' && symbols.has(value)) return undefined;
  return mismatch(at, `a symbol of enum ${quoted(name)}`, value);
}

function fixedFault({ name, size }: AvroFixed, value: Json, at: string): string | undefined {
  const fault = primitiveFault('bytes', value, at);
  if (fault !== undefined || typeof value !== 'string' || value.length === size) return fault;
  return `${at} must have ${size} bytes for fixed ${quoted(name)}, got ${value.length}`;
}

function primitiveFault(kind: Primitive, value: Json, at: string): string | undefined {
  switch (kind) {
    case 'null':
      return value === null ? undefined : mismatch(at, 'null', value);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : mismatch(at, 'true or false', value);
    case 'int':
      return integerFault(INT, 'an integer of 32 bits', value, at);
    case 'long':
      return integerFault(LONG, 'an integer of 64 bits', value, at);
    case 'float':
    case 'double':
      return isNumber(value) ? undefined : mismatch(at, 'a number', value);
    case 'bytes':
      // biome-ignore lint/suspicious/noControlCharactersInRegex: in this encoding a byte is the character of its number.
      if (typeof value === 'string' && /^[\u0000-\u00ff]*$/.test(value)) return undefined;
      return mismatch(at, 'a string of characters up to U+00FF', value);
    case 'string':
      return typeof value === 'string' ? undefined : mismatch(at, 'a string', value);
    default:
      return kind satisfies never;
  }
}

function integerFault(range: typeof INT, what: string, value: Json, at: string): string | undefined {
  const fits = isWhole(value) && value >= range.min && value <= range.max;
  return fits ? undefined : mismatch(at, what, value);
}

function firstFault<T>(items: readonly T[], faultOf: (item: T, index: number) => string | undefined) {
  for (const [index, item] of items.entries()) {
    const fault = faultOf(item, index);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const mismatch = (at: string, what: string, value: Json): string => `${at} must be ${what}, got ${described(value)}`;

/** Cut in the middle of a deep place: what is near the value says more. */
function within(at: string, key: string): string {
  const path = `${at}.${/^\w{1,40}$/.test(key) ? key : quoted(key, 40)}`;
  return path.length > 200 ? `$…${path.slice(-190)}` : path;
}
