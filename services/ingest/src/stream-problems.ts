import { printable, quoted } from '@sluice/core';
import { INVALID_BODY, NOT_FOUND, type ProblemKind, problem, type Reply, UNAVAILABLE } from '@sluice/http';
import {
  compileClientSchema,
  type JsonValue,
  parseStrictJson,
  type SchemaRefusal,
  type Violation,
} from '@sluice/schemas';
import { clientName, eventName } from '@sluice/streams';
import { lookupOf } from './command-id.ts';
import { placeInBody } from './json-body.ts';

export const INVALID_NAME: ProblemKind = { status: 400, name: 'invalid-name', title: 'Invalid name' };
export const INVALID_SCHEMA: ProblemKind = { status: 400, name: 'invalid-schema', title: 'Invalid schema' };

const MAX_DETAIL_LENGTH = 500;

/** What is wrong with the names of a stream, if anything. */
export function nameFault(client: string, event: string): string | undefined {
  for (const [what, text, checked] of [
    ['client', client, clientName(client)],
    ['event', event, eventName(event)],
  ] as const) {
    if (checked.kind === 'refused') return `${what} must ${checked.rule}, got ${quoted(text)}`;
  }
  return undefined;
}

/** What is wrong with a topic that brokers do not tell from another, which is there. */
export const topicFault = ({ topic, other }: { readonly topic: string; readonly other: string }): string =>
  `topic ${quoted(topic)} must differ from ${quoted(other)} in more than dots and underscores`;

/** The answer to a payload that is JSON, but not as it should be. */
export function refuseViolations(
  violations: readonly Violation[],
  { kind = INVALID_BODY, at = '' }: { readonly kind?: ProblemKind; readonly at?: string } = {},
): Reply {
  const errors = violations.map(({ pointer, detail }) => ({ pointer: `${at}${pointer}`, detail }));
  const [first] = errors;
  const detail = first ? `${placeInBody(first.pointer)} ${first.detail}` : 'the body must be as its schema wants it';
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  return problem(kind, printable(`${detail}${more}`, MAX_DETAIL_LENGTH), { extensions: { errors } });
}

/** What is wrong with a schema that is to be registered, if anything. */
export function schemaFault(schema: JsonValue): SchemaRefusal | undefined {
  const compiled = compileClientSchema(schema);
  if (compiled.kind === 'refused') return compiled;
  // It travels inside of a command, which may be no deeper than any JSON.
  if (parseStrictJson(JSON.stringify({ schema })).kind === 'json') return undefined;
  return { kind: 'refused', pointer: '', detail: `a schema must not be nested deeper than ${MAX_SCHEMA_DEPTH} levels` };
}

const MAX_SCHEMA_DEPTH = 31;

/** The answer to a schema that is none, at that place of the body. */
export function refuseSchema({ pointer, detail }: SchemaRefusal, at: string): Reply {
  const place = `${at}${pointer}`;
  const errors = [{ pointer: place, detail }];
  return problem(INVALID_SCHEMA, printable(`${placeInBody(place)}: ${detail}`, MAX_DETAIL_LENGTH), {
    extensions: { errors },
  });
}

/** The answer to an event, or a question, for a stream that is not there. */
export function refuseUnknownStream(client: string, event: string): Reply {
  return problem(NOT_FOUND, `no stream is registered as client ${quoted(client)}, event ${quoted(event)}`);
}

/** The answer to a registration that is in the log while its outcome is not known. */
export function refusePending(commandId: string, extensions: Readonly<Record<string, unknown>> = {}): Reply {
  const detail = 'the registration is in the log, but was not projected in time; look its id up before trying again';
  return problem(UNAVAILABLE, detail, {
    extensions: { ...extensions, id: commandId },
    headers: { Location: lookupOf(commandId) },
  });
}
