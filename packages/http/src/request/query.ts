import { quoted } from '@sluice/core';
import { MALFORMED_REQUEST, problem } from '../problem.ts';
import { Refusal } from '../refusal.ts';
import type { Reply } from '../reply.ts';
import { isDecodable, searchParams } from './percent-encoding.ts';
import type { HttpRequest } from './request.ts';

/** A parameter of the query, or the answer to one that is there several times. */
export type Parameter =
  | { readonly kind: 'absent' }
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** A parameter of the query that may be there once: which of several is meant, nobody can tell. */
export function singleParameter({ query }: Pick<HttpRequest, 'query'>, name: string): Parameter {
  const [value, ...others] = query.getAll(name);
  if (value === undefined) return { kind: 'absent' };
  if (others.length === 0) return { kind: 'value', value };
  const detail = `query parameter ${name} must be there once, got ${others.length + 1} of them`;
  return { kind: 'refused', reply: problem(MALFORMED_REQUEST, detail) };
}

/**
 * The query of a request's target.
 * @throws Refusal 400 where it is not percent-encoded UTF-8, of which `URLSearchParams` would make something else
 */
export function queryOf(url: string): URLSearchParams {
  const text = queryText(url);
  if (isDecodable(text)) return searchParams(text);
  throw new Refusal(problem(MALFORMED_REQUEST, `the query must be percent-encoded UTF-8, got ${quoted(text)}`));
}

function queryText(url: string): string {
  const fragment = url.indexOf('#');
  const target = fragment === -1 ? url : url.slice(0, fragment);
  const start = target.indexOf('?');
  return start === -1 ? '' : target.slice(start + 1);
}
