import type { IncomingHttpHeaders } from 'node:http';
import { MIMEType } from 'node:util';
import { quoted } from '@sluice/core';
import { problem, UNSUPPORTED_MEDIA_TYPE } from '../problem.ts';
import type { Reply } from '../reply.ts';

/** What a body is said to be. */
export interface MediaType {
  /** `type/subtype`, in lower case. */
  readonly essence: string;
  /** By their names, in lower case; of several of one name the first. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What most bodies are; reading it anew takes as long as a small body. */
const JSON_TYPE: MediaType = { essence: 'application/json', parameters: new Map() };

/** The `Content-Type` header; undefined where there is none, or one that cannot be read. */
export function mediaTypeOf(headers: IncomingHttpHeaders): MediaType | undefined {
  const given = headers['content-type'];
  if (given === JSON_TYPE.essence) return JSON_TYPE;
  if (given === undefined) return undefined;
  try {
    const { essence, params } = new MIMEType(given);
    return { essence, parameters: new Map(params) };
  } catch {
    return undefined;
  }
}

/** Whether it is JSON by its name: `application/json`, or a format that stands on it (RFC 6839, `+json`). */
export function isJson(mediaType: MediaType | undefined): boolean {
  return mediaType !== undefined && (mediaType.essence === 'application/json' || mediaType.essence.endsWith('+json'));
}

/** The answer where a text says that it is in another charset than UTF-8. */
export function refuseCharset({ parameters }: MediaType): Reply | undefined {
  const charset = parameters.get('charset');
  if (charset === undefined || /^utf-?8$/i.test(charset)) return undefined;
  return unsupported(`the charset of the body must be utf-8, got ${quoted(charset)}`);
}

/** A 415 that says what the route takes. */
export function refuseMediaType(headers: IncomingHttpHeaders, allowed: readonly string[]): Reply {
  const given = headers['content-type'];
  const received = given === undefined ? 'none' : quoted(given);
  return unsupported(`header Content-Type must be ${allowed.join(' or ')}, got ${received}`);
}

const unsupported = (detail: string): Reply => problem(UNSUPPORTED_MEDIA_TYPE, detail);
