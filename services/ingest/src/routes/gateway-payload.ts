import { printable } from '@sluice/core';
import {
  formOf,
  type HttpRequest,
  INVALID_BODY,
  isJson,
  MALFORMED_JSON,
  mediaTypeOf,
  type ProblemKind,
  problem,
  type Reply,
  TOO_LARGE,
  withMembers,
} from '@sluice/http';
import { type JsonValue, parseStrictJson, received } from '@sluice/schemas';
import { jsonOf } from '../json-body.ts';
import type { InvalidReason } from '../metrics/payload-metrics.ts';

/** What a client of the old gateway sends: JSON as the text of a form's field, or in a member of a JSON body. */
export type GatewayPayload =
  | { readonly kind: 'payload'; readonly value: JsonValue; readonly text: string }
  | { readonly kind: 'refused'; readonly reply: Reply; readonly reason: InvalidReason };

/** A failure as the old gateway told it, and with the reason, which it kept to itself. */
export function failure(
  msg: string,
  kind: ProblemKind,
  detail: string,
  extensions: Readonly<Record<string, unknown>> = {},
): Reply {
  return problem(kind, detail, { extensions: { code: 'FAILED', msg, ...extensions } });
}

/** The same of an answer that was made without the old words. */
export function inOldWords(msg: string, reply: Reply): Reply {
  return withMembers(reply, () => ({ code: 'FAILED', msg }));
}

/** Reads the schema or the event of that name from the request's form or JSON. */
export async function payloadOf(request: HttpRequest, field: string): Promise<GatewayPayload> {
  const given = isJson(mediaTypeOf(request.headers)) ? memberOf(request, field) : await fieldOf(request, field);
  switch (given.kind) {
    case 'text':
      return payloadOfText(given.text, field);
    case 'value':
      return isFalsy(given.value)
        ? notJson(field, `'${field}' must be JSON with something in it, got ${received(given.value)}`)
        : { kind: 'payload', value: given.value, text: JSON.stringify(given.value) };
    case 'refused':
      return given;
    default:
      return given satisfies never;
  }
}

type Given =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly value: JsonValue }
  | Extract<GatewayPayload, { kind: 'refused' }>;

function memberOf(request: HttpRequest, field: string): Given {
  const body = jsonOf(request);
  if (body.kind === 'refused') return refusedBody(field, body.reply, `'${field}' is not a valid json`);
  const { value } = body;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return notThere(field, `the body must be an object with a member ${field}, got ${received(value)}`);
  }
  const member = (value as { readonly [key: string]: JsonValue })[field];
  if (member === undefined || member === '') return notThere(field, `/${field} must be there, got ${received(member)}`);
  return typeof member === 'string' ? { kind: 'text', text: member } : { kind: 'value', value: member };
}

async function fieldOf(request: HttpRequest, field: string): Promise<Given> {
  const form = await formOf(request);
  if (form.kind === 'refused') return refusedBody(field, form.reply, keyNotInData(field));
  const text = form.fields.get(field);
  return text ? { kind: 'text', text } : notThere(field, `field ${field} must be there, got ${received(text)}`);
}

function payloadOfText(text: string, field: string): GatewayPayload {
  const parsed = parseStrictJson(text);
  if (parsed.kind === 'refused') {
    const { pointer, must } = parsed;
    const detail = `'${field}'${pointer === '' ? '' : ` at ${printable(pointer, 128)}`} must ${must}`;
    return notJson(field, detail, [{ pointer, detail: `must ${must}` }]);
  }
  if (isFalsy(parsed.value)) {
    return notJson(field, `'${field}' must be JSON with something in it, got ${received(parsed.value)}`);
  }
  return { kind: 'payload', value: parsed.value, text };
}

/** What Python takes for nothing, the old gateway took for no JSON. */
function isFalsy(value: JsonValue): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}

const keyNotInData = (field: string): string => `'${field}' key not in data`;

function notThere(field: string, detail: string): Given {
  return { kind: 'refused', reason: 'schema-violation', reply: failure(keyNotInData(field), INVALID_BODY, detail) };
}

function notJson(field: string, detail: string, errors?: readonly unknown[]): GatewayPayload & { kind: 'refused' } {
  const reply = failure(`'${field}' is not a valid json`, MALFORMED_JSON, detail, errors && { errors });
  return { kind: 'refused', reason: 'malformed-json', reply };
}

/** The refusal of a body that nobody looked into. @param msg of a failure that is none of the client's */
export function refusedUnread(field: string, msg: string, reply: Reply): Reply {
  return reply.status >= 500 ? inOldWords(msg, reply) : refusedBody(field, reply, keyNotInData(field)).reply;
}

/** The old gateway knew no 415: to it a body of another type was a form without fields. */
function refusedBody(field: string, reply: Reply, msg: string): Extract<GatewayPayload, { kind: 'refused' }> {
  if (reply.status === 415) {
    const { detail } = JSON.parse(reply.body) as { readonly detail: string };
    const refused = failure(keyNotInData(field), INVALID_BODY, detail);
    return { kind: 'refused', reason: 'unsupported-media-type', reply: refused };
  }
  const reason = reply.status === TOO_LARGE.status ? 'too-large' : 'malformed-json';
  return { kind: 'refused', reason, reply: inOldWords(msg, reply) };
}
