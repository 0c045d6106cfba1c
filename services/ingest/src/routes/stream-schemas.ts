import { type Compatibility, quoted, type SchemaVersion } from '@sluice/core';
import {
  CONFLICT,
  type HttpRequest,
  INVALID_BODY,
  json,
  problem,
  type Reply,
  type Route,
  UNAVAILABLE,
} from '@sluice/http';
import { checkBackward, isSameSchema, type JsonValue, received, type Violation } from '@sluice/schemas';
import { jsonOf } from '../json-body.ts';
import {
  INVALID_NAME,
  nameFault,
  refusePending,
  refuseSchema,
  refuseViolations,
  schemaFault,
  topicFault,
} from '../stream-problems.ts';
import type { Registrations } from '../streams/registration.ts';
import { INCOMPATIBLE_SCHEMA, PUT_DOC } from './streams-docs.ts';

export interface StreamSchemaRoutesOptions {
  readonly registrations: Registrations;
}

/** Registers streams and further versions of their schemas. */
export function streamSchemaRoutes({ registrations }: StreamSchemaRoutesOptions): Route[] {
  return [
    {
      method: 'PUT',
      path: '/api/v1/streams/:client/:event',
      body: { limitBytes: 2 ** 20 },
      doc: PUT_DOC,
      handle: (request) => put(request, registrations),
    },
  ];
}

/** Why a version is not registered: it is there already, or breaks what is. */
type Declined =
  | { readonly kind: 'same'; readonly latest: SchemaVersion }
  | { readonly kind: 'breaks'; readonly latest: SchemaVersion; readonly violation: Violation };

async function put(request: HttpRequest, registrations: Registrations): Promise<Reply> {
  const { client = '', event = '' } = request.params;
  const fault = nameFault(client, event);
  if (fault !== undefined) return problem(INVALID_NAME, fault);
  const wanted = wantedIn(request);
  if (wanted.kind === 'refused') return wanted.reply;
  const { schema, compatibility } = wanted;
  const { correlationId, signal } = request;
  const outcome = await registrations.register(
    { client, event, schema, compatibility, correlationId, signal },
    (latest) => latest && judge(latest, schema, compatibility),
  );
  switch (outcome.kind) {
    case 'registered': {
      const { topic, version } = outcome;
      return json(version === 1 ? 201 : 200, { client, event, topic, version, compatibility });
    }
    case 'declined':
      return declined(outcome.reason);
    case 'conflict':
      return problem(CONFLICT, topicFault(outcome));
    case 'lost':
      return problem(UNAVAILABLE, 'other registrations of this stream were first each time; try again');
    case 'pending':
      return refusePending(outcome.commandId);
    default:
      return outcome satisfies never;
  }
}

function judge(latest: SchemaVersion, schema: JsonValue, compatibility: Compatibility): Declined | undefined {
  const older = JSON.parse(latest.schema) as JsonValue;
  if (isSameSchema(older, schema)) return { kind: 'same', latest };
  if (compatibility === 'none') return undefined;
  const checked = checkBackward(older, schema);
  return checked.kind === 'breaks' ? { kind: 'breaks', latest, violation: checked } : undefined;
}

function declined(reason: Declined): Reply {
  const { client, event, topic, version, compatibility } = reason.latest;
  switch (reason.kind) {
    case 'same':
      return json(200, { client, event, topic, version, compatibility });
    case 'breaks': {
      const { pointer, detail } = reason.violation;
      return refuseViolations([{ pointer, detail }], { kind: INCOMPATIBLE_SCHEMA, at: '/schema' });
    }
    default:
      return reason satisfies never;
  }
}

type Wanted =
  | { readonly kind: 'wanted'; readonly schema: JsonValue; readonly compatibility: Compatibility }
  | { readonly kind: 'refused'; readonly reply: Reply };

function wantedIn(request: HttpRequest): Wanted {
  const body = jsonOf(request);
  if (body.kind === 'refused') return body;
  const { value } = body;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refused({ pointer: '', detail: `must be an object with a schema, got ${received(value)}` });
  }
  const { schema, compatibility = 'backward', ...others } = value as { readonly [key: string]: JsonValue };
  const [other] = Object.keys(others);
  // A misspelt option that is overlooked would be taken for the opposite of what was meant.
  if (other !== undefined)
    return refused({ pointer: '', detail: `must have no member but schema and compatibility, got ${quoted(other)}` });
  if (compatibility !== 'backward' && compatibility !== 'none') {
    return refused({ pointer: '/compatibility', detail: `must be backward or none, got ${received(compatibility)}` });
  }
  if (schema === undefined) return refused({ pointer: '/schema', detail: 'must be there, got nothing' });
  const fault = schemaFault(schema);
  if (fault) return { kind: 'refused', reply: refuseSchema(fault, '/schema') };
  return { kind: 'wanted', schema, compatibility };
}

const refused = (violation: Violation): Wanted => ({
  kind: 'refused',
  reply: refuseViolations([violation], { kind: INVALID_BODY }),
});
