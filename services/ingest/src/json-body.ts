import { printable } from '@sluice/core';
import {
  type HttpRequest,
  isJson,
  MALFORMED_JSON,
  mediaTypeOf,
  problem,
  type Reply,
  refuseCharset,
  refuseMediaType,
} from '@sluice/http';
import { type JsonFault, type JsonValue, parseStrictJson, type Violation } from '@sluice/schemas';
import type { InvalidReason } from './metrics/payload-metrics.ts';

/** A body that is strict JSON, or the answer to one that is not, and why, for the figures. */
export type JsonBody =
  | {
      readonly kind: 'json';
      readonly value: JsonValue;
      /** As they came, to be published as they are. */
      readonly bytes: Buffer;
    }
  | { readonly kind: 'refused'; readonly reply: Reply; readonly reason: InvalidReason };

/** The request's body as strict JSON, or the answer: 415 where it says that it is anything else, 400 where it is none. */
export function jsonOf(request: Pick<HttpRequest, 'headers' | 'body'>): JsonBody {
  const reply = refuseType(request);
  return reply ? { kind: 'refused', reply, reason: 'unsupported-media-type' } : strictJsonOf(request.body);
}

/** The same of bytes that are known to be meant as JSON. */
export function strictJsonOf(bytes: Buffer): JsonBody {
  const parsed = bytes.length === 0 ? NOTHING : parseStrictJson(bytes);
  return parsed.kind === 'json'
    ? { kind: 'json', value: parsed.value, bytes }
    : { kind: 'refused', reply: refuseJson(parsed), reason: 'malformed-json' };
}

const NOTHING = { kind: 'refused', pointer: '', must: 'be JSON, got none' } as const;

function refuseType({ headers }: Pick<HttpRequest, 'headers'>): Reply | undefined {
  const mediaType = mediaTypeOf(headers);
  if (!mediaType || !isJson(mediaType)) return refuseMediaType(headers, ['application/json']);
  return refuseCharset(mediaType);
}

function refuseJson({ pointer, must }: Pick<JsonFault, 'pointer' | 'must'>): Reply {
  const errors = [{ pointer, detail: `must ${must}` }];
  return problem(MALFORMED_JSON, `${placeInBody(pointer)} must ${must}`, { extensions: { errors } });
}

/** All that is wrong with a body, as one message. */
export const toldInBody = (violations: readonly Violation[]): string =>
  violations.map(({ pointer, detail }) => `${placeInBody(pointer)} ${detail}`).join('; ');

/** How a message names the value that a JSON Pointer leads to. */
export const placeInBody = (pointer: string): string => (pointer === '' ? 'the body' : printable(pointer, 128));
