import { quoted } from '../quoted.ts';
import { SchemaFault } from './schema-fault.ts';

/** JSON's values, the difference between 1 and 1.0 kept, and every digit of a whole number: it is a bigint if it has many. */
export type Json =
  | null
  | boolean
  | string
  | number
  | bigint
  | Fraction
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A number written with a point or an exponent, or with more digits than any integer has. */
export class Fraction {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** An object in an array counts as two. */
export const MAX_JSON_DEPTH = 1000;

/** Parses JSON in UTF-8. Where a key repeats, the last one stands. Throws a SchemaFault. */
export function parseJson(bytes: Uint8Array): Json {
  const text = textOf(bytes);
  const { depth, isPlain } = surveyed(text);
  // Before it is parsed, since what comes after calls itself for each level.
  if (depth > MAX_JSON_DEPTH) throw new SchemaFault(`JSON must nest at most ${MAX_JSON_DEPTH} levels deep`);
  try {
    // With a reviver, parsing takes ten times as long.
    return isPlain ? JSON.parse(text) : JSON.parse(text, revived);
  } catch (error) {
    if (error instanceof SyntaxError) throw new SchemaFault(`must be JSON, got ${quoted(text)}`);
    throw error;
  }
}

/** Decodes UTF-8 strictly; a byte order mark is a character like any other. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SchemaFault('text must be UTF-8, got other bytes');
  }
}

// A string without an end goes to the end of the text, so that it is gone through once.
const TOKEN = /"(?:[^"\\]|\\.)*(?:"|\\?$)|[[\]{}]|\d[.eE]|\d{16}/gs;

/** How deep it nests, and whether it is without numbers that JavaScript's own do not do justice. */
function surveyed(text: string): { readonly depth: number; readonly isPlain: boolean } {
  let open = 0;
  let depth = 0;
  let isPlain = true;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth = Math.max(depth, ++open);
    else if (token === '}' || token === ']') open--;
    else if (!token.startsWith('"')) isPlain = false;
    if (depth > MAX_JSON_DEPTH) break;
  }
  return { depth, isPlain };
}

function revived(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  // 20 characters hold any integer of 64 bits; making a bigint of many more would take long.
  return source.length <= 20 && /^-?\d+$/.test(source) ? BigInt(source) : new Fraction(source);
}

/** What a value is, for a message: its type, and itself where that is short. */
export function described(value: Json): string {
  if (value === null) return 'null';
  if (value instanceof Fraction) return value.source.slice(0, 40);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? quoted(value) : String(value);
}

export const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Fraction);

/** Written without a point or an exponent. */
export const isWhole = (value: Json): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

export const isNumber = (value: Json): boolean => isWhole(value) || value instanceof Fraction;
