import {
  DEAD_LETTER_REASONS,
  type DeadLetterFilter,
  type DeadLetterReason,
  isUuid,
  type PageEnd,
  parseInstant,
  quoted,
} from '@sluice/core';
import type { HttpRequest, Reply } from '@sluice/http';
import { type JsonValue, received } from '@sluice/schemas';
import { jsonOf } from '../json-body.ts';
import { refuseViolations } from '../stream-problems.ts';

export type AskedFilter =
  | { readonly kind: 'filter'; readonly filter: DeadLetterFilter; readonly after: PageEnd | null }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** Which dead letters the request's body means. Without a filter it would be all that there are, which nobody means. */
export function filterIn(request: HttpRequest): AskedFilter {
  const body = jsonOf(request);
  if (body.kind === 'refused') return body;
  const { value } = body;
  if (!isObject(value)) return refused('', `must be an object with stream, reason or both, got ${received(value)}`);
  const { stream, reason, after = null, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) return refused('', `must have no member but stream, reason and after, got ${quoted(other)}`);
  if (stream === undefined && reason === undefined) return refused('', 'must have a stream or a reason, got neither');
  if (stream !== undefined && (typeof stream !== 'string' || stream === '')) {
    return refused('/stream', `must be the name of a stream, got ${received(stream)}`);
  }
  if (reason !== undefined && !isReason(reason)) {
    return refused('/reason', `must be one of ${DEAD_LETTER_REASONS.join(', ')}, got ${received(reason)}`);
  }
  const end = after === null ? null : pageEndIn(after);
  if (end === undefined) return refused('/after', `must be the next of an earlier answer, got ${received(after)}`);
  const filter = { ...(stream !== undefined && { stream }), ...(reason !== undefined && { reason }) };
  return { kind: 'filter', filter, after: end };
}

type JsonObject = { readonly [key: string]: JsonValue };

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isReason = (value: JsonValue): value is DeadLetterReason => DEAD_LETTER_REASONS.some((each) => each === value);

function pageEndIn(value: JsonValue): PageEnd | undefined {
  if (!isObject(value)) return undefined;
  const { created_at: time, id } = value;
  const parsed = typeof time === 'string' ? parseInstant(time) : undefined;
  if (parsed?.kind !== 'instant' || typeof id !== 'string' || !isUuid(id)) return undefined;
  return { createdAt: parsed.instant, id: id.toLowerCase() };
}

function refused(pointer: string, detail: string): AskedFilter {
  return { kind: 'refused', reply: refuseViolations([{ pointer, detail }]) };
}
