import { isUtf8 } from 'node:buffer';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import { quoted } from '@sluice/core';
import { MALFORMED_FORM, problem, TOO_LARGE } from '../problem.ts';
import type { Reply } from '../reply.ts';
import { isDecodable, searchParams } from '../request/percent-encoding.ts';
import type { HttpRequest } from '../request/request.ts';
import { type MediaType, mediaTypeOf, refuseCharset, refuseMediaType } from './media-type.ts';

/** A form's fields by their names, or the answer to a body that is no proper form. */
export type Form =
  | { readonly kind: 'form'; readonly fields: ReadonlyMap<string, string> }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** More fields than any form of ours has: what is over it is not worth taking apart. */
const MAX_FIELDS = 1_000;

const URLENCODED = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

/**
 * The fields of a form that was sent as `application/x-www-form-urlencoded`
 * (https://url.spec.whatwg.org/#application/x-www-form-urlencoded) or `multipart/form-data` (RFC 7578); a part with a
 * file's name is no field. What browsers and servers read differently is refused: a field that is there twice, text that
 * is not UTF-8, escapes that are none.
 */
export async function formOf({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>): Promise<Form> {
  const mediaType = mediaTypeOf(headers);
  const charset = mediaType && refuseCharset(mediaType);
  if (charset) return { kind: 'refused', reply: charset };
  switch (mediaType?.essence) {
    case URLENCODED:
      return urlencodedForm(body);
    case MULTIPART:
      return multipartForm(mediaType, body);
    default:
      return { kind: 'refused', reply: refuseMediaType(headers, [URLENCODED, MULTIPART]) };
  }
}

function urlencodedForm(body: Buffer): Form {
  if (countOf('&', body) >= MAX_FIELDS) return tooMany();
  const text = body.toString();
  if (!isUtf8(body) || !isDecodable(text)) return malformed('must be percent-encoded UTF-8');
  return fieldsOf(searchParams(text));
}

function fieldsOf(pairs: Iterable<readonly [string, string]>): Form {
  const fields = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (fields.has(name)) return malformed(`must have each field once, got ${quoted(name)} again`);
    fields.set(name, value);
  }
  return { kind: 'form', fields };
}

async function multipartForm({ parameters }: MediaType, body: Buffer): Promise<Form> {
  const boundary = parameters.get('boundary');
  if (boundary === undefined || !/^[\x20-\x7e]{0,69}[\x21-\x7e]$/.test(boundary)) {
    return malformed('must have a boundary of 1 to 70 ASCII characters (RFC 2046, section 5.1.1)');
  }
  // Before the first part the line's end may be missing; behind the last one a delimiter ends the form.
  const delimiter = `\r\n--${boundary}`;
  const expected = countOf(delimiter, body) - (body.indexOf(delimiter.slice(2)) === 0 ? 0 : 1);
  if (expected > MAX_FIELDS) return tooMany();
  const parts = await partsOf(body, boundary);
  if (parts === undefined) return malformed('must be whole, with the boundary that its header says');
  if (parts.length !== expected) return malformed('must have parts that say in Content-Disposition what they are');
  return textOf(parts);
}

/** A part as it was sent. */
interface Part {
  readonly name: string | undefined;
  readonly isFile: boolean;
  readonly bytes: Buffer;
}

/** The parts that the library can read; undefined where the form ends early. */
function partsOf(body: Buffer, boundary: string): Promise<readonly Part[] | undefined> {
  return new Promise((resolve) => {
    const parts: Part[] = [];
    // All parts are taken as files, since the library gives the bytes of those alone; those of others it makes text of.
    const reader = new Busboy({
      headers: { 'content-type': `${MULTIPART}; boundary="${boundary.replaceAll(/["\\]/g, '\\$&')}"` },
      isPartAFile: () => true,
      // No part ever has to wait to be read: one that the library skips would do so for ever.
      fileHwm: body.length + 1,
    });
    reader.on('file', (name: string | undefined, stream: BusboyFileStream, fileName: string | undefined) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => parts.push({ name, isFile: fileName !== undefined, bytes: Buffer.concat(chunks) }));
      stream.on('error', () => resolve(undefined));
    });
    reader.on('error', () => resolve(undefined));
    reader.on('finish', () => resolve(parts));
    reader.end(body);
  });
}

function textOf(parts: readonly Part[]): Form {
  const pairs: [string, string][] = [];
  for (const { name, isFile, bytes } of parts) {
    if (isFile) continue;
    if (name === undefined) return malformed('must have a name for each part');
    // What the library writes for bytes that are no UTF-8.
    if (name.includes('\ufffd')) return malformed(`must have UTF-8 names, got ${quoted(name)}`);
    if (!isUtf8(bytes)) return malformed(`must be UTF-8, but field ${quoted(name)} is not`);
    pairs.push([name, bytes.toString()]);
  }
  return fieldsOf(pairs);
}

/** How often the text is there; counted no further than matters. */
function countOf(wanted: string, body: Buffer): number {
  let found = 0;
  for (
    let at = body.indexOf(wanted);
    at !== -1 && found < 2 * MAX_FIELDS;
    at = body.indexOf(wanted, at + wanted.length)
  ) {
    found++;
  }
  return found;
}

const malformed = (rule: string): Form => ({ kind: 'refused', reply: problem(MALFORMED_FORM, `the form ${rule}`) });

const tooMany = (): Form => ({
  kind: 'refused',
  reply: problem(TOO_LARGE, `the form must have at most ${MAX_FIELDS} fields, but it has more`),
});
