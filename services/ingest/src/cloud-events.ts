import type { IncomingHttpHeaders } from 'node:http';
import { parseInstant, quoted } from '@sluice/core';
import { INVALID_BODY, isJson, mediaTypeOf, problem, type Reply } from '@sluice/http';
import { type JsonValue, received } from '@sluice/schemas';

/** What a CloudEvent (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) comes to here. */
export type CloudEvent =
  | {
      readonly kind: 'cloud-event';
      /** Marks its sender's retries as one: a source gives each of its events an id of its own. */
      readonly key: string;
      readonly data: JsonValue;
    }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** The key of an event that came in binary mode, its attributes as headers and its data as the body. */
export type CloudEventKey =
  | { readonly kind: 'absent' }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'refused'; readonly reply: Reply };

const ABSENT: CloudEventKey = { kind: 'absent' };

type Attributes = Readonly<Record<string, JsonValue | undefined>>;

const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;
const VERSION = '1.0';

/** Reads an event of the JSON format (structured mode), the whole of it being the body or an item of a batch. */
export function cloudEventOf(value: JsonValue): CloudEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused('', `must be an object, got ${received(value)}`);
  }
  const attributes = value as Attributes;
  const fault = attributeFault(attributes);
  if (fault) return refused(`/${fault.name}`, fault.detail);
  const { data, data_base64: binary, datacontenttype: type } = attributes;
  if (binary !== undefined) return refused('/data_base64', 'must not be there: data must be JSON');
  if (type !== undefined && !(typeof type === 'string' && isJson(mediaTypeOf({ 'content-type': type })))) {
    return refused('/datacontenttype', `must be application/json, got ${received(type)}`);
  }
  if (data === undefined) return refused('/data', 'must be there, got nothing');
  return { kind: 'cloud-event', key: keyOf(attributes), data };
}

/**
 * Reads the attributes of binary mode, whose values are percent-encoded (HTTP binding, section 3.1.3.2). One such header
 * makes a request a CloudEvent.
 */
export function cloudEventKeyOf(headers: IncomingHttpHeaders): CloudEventKey {
  // Most requests have none of them, and pay for as little as can be.
  if (
    headers['ce-specversion'] === undefined &&
    headers['ce-id'] === undefined &&
    headers['ce-source'] === undefined &&
    headers['ce-type'] === undefined
  ) {
    return ABSENT;
  }
  const attributes: Record<string, string | undefined> = {};
  for (const name of [...REQUIRED, 'time'] as const) {
    const given = headers[`ce-${name}`];
    const text = given === undefined ? undefined : decoded(String(given));
    if (text === null) {
      return refusedHeader(name, `must be percent-encoded UTF-8, got ${quoted(String(given))}`);
    }
    attributes[name] = text;
  }
  const fault = attributeFault(attributes);
  if (fault) return refusedHeader(fault.name, fault.detail);
  return { kind: 'key', key: keyOf(attributes) };
}

function attributeFault(attributes: Attributes): { readonly name: string; readonly detail: string } | undefined {
  for (const name of REQUIRED) {
    const value = attributes[name];
    if (typeof value !== 'string' || value === '') {
      return { name, detail: `must be a text that is not empty, got ${received(value)}` };
    }
  }
  const { specversion, time } = attributes;
  if (specversion !== VERSION)
    return { name: 'specversion', detail: `must be "${VERSION}", got ${received(specversion)}` };
  if (time === undefined) return undefined;
  const instant = typeof time === 'string' ? parseInstant(time) : ({ kind: 'refused', rule: 'be a text' } as const);
  return instant.kind === 'refused'
    ? { name: 'time', detail: `must ${instant.rule}, got ${received(time)}` }
    : undefined;
}

/** As JSON, so that no two pairs become one text. */
const keyOf = ({ source, id }: Attributes): string => JSON.stringify([source, id]);

/** Null where the text is no proper encoding. */
function decoded(text: string): string | null {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function refused(pointer: string, detail: string): CloudEvent {
  const place = pointer === '' ? 'the CloudEvent' : `the CloudEvent's ${pointer}`;
  const reply = problem(INVALID_BODY, `${place} ${detail}`, { extensions: { errors: [{ pointer, detail }] } });
  return { kind: 'refused', reply };
}

function refusedHeader(name: string, detail: string): CloudEventKey {
  return { kind: 'refused', reply: problem(INVALID_BODY, `header ce-${name} ${detail}`) };
}
