import { quoted } from '@sluice/core';
import { received } from '../received.ts';
import { isJsonObject } from './canonical-json.ts';
import type { JsonValue } from './strict-json.ts';

const INDEX = /^(?:0|[1-9]\d{0,15})$/;
const BAD_TILDE = /~(?![01])/;

export type ResolvedPointer =
  | { readonly kind: 'value'; readonly value: JsonValue; readonly path: readonly (string | number)[] }
  | { readonly kind: 'refused'; readonly detail: string };

/**
 * What a `$ref` inside a document points to, where it is a fragment that is a JSON pointer (RFC 6901, section 6): `#` or
 * `#/…`. Everything else would need a second document or an identifier.
 */
export function resolvePointer(document: JsonValue, $ref: JsonValue): ResolvedPointer {
  if (typeof $ref !== 'string' || !/^#(?:\/|$)/.test($ref)) {
    return refused(`$ref must be a JSON pointer into this schema, as in "#/definitions/x", got ${received($ref)}`);
  }
  const pointer = decoded($ref.slice(1));
  if (pointer === undefined || BAD_TILDE.test(pointer)) {
    return refused(`$ref must be a well-formed JSON pointer (RFC 6901), got ${quoted($ref)}`);
  }
  const found = followPointer(document, pointer);
  return found ? { kind: 'value', ...found } : refused(`$ref must point to what this schema has, got ${quoted($ref)}`);
}

/** What a JSON pointer leads to, and the keys and indexes that it goes by; undefined where there is nothing. */
export function followPointer(
  document: JsonValue,
  pointer: string,
): { readonly value: JsonValue; readonly path: readonly (string | number)[] } | undefined {
  let value = document;
  const path: (string | number)[] = [];
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    const next = child(value, key);
    if (next === undefined) return undefined;
    path.push(Array.isArray(value) ? Number(key) : key);
    value = next;
  }
  return { value, path };
}

function child(value: JsonValue, key: string): JsonValue | undefined {
  if (Array.isArray(value)) return INDEX.test(key) ? (value as readonly JsonValue[])[Number(key)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function decoded(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return undefined;
  }
}

const refused = (detail: string): ResolvedPointer => ({ kind: 'refused', detail });
