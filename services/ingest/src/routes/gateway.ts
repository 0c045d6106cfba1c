import { quoted } from '@sluice/core';
import {
  CONFLICT,
  type HttpRequest,
  idempotencyKeyOf,
  json,
  NOT_FOUND,
  problem,
  problemOf,
  Refusal,
  type Reply,
  type Route,
} from '@sluice/http';
import { CONTROL_STREAM, clientName } from '@sluice/streams';
import { commandIdFor } from '../command-id.ts';
import { EVENT_BODY } from '../event-size.ts';
import { UNKNOWN_STREAM } from '../metrics/payload-metrics.ts';
import {
  INVALID_NAME,
  nameFault,
  refusePending,
  refuseSchema,
  refuseViolations,
  schemaFault,
  topicFault,
} from '../stream-problems.ts';
import type { ClientEvents } from '../streams/client-events.ts';
import type { Registrations } from '../streams/registration.ts';
import type { StreamRegistry } from '../streams/registry.ts';
import { ALREADY_REGISTERED, LIST_DOC, NOT_REGISTERED, REGISTER_DOC, SCHEMA_DOC, SEND_DOC } from './gateway-docs.ts';
import { failure, inOldWords, payloadOf, refusedUnread } from './gateway-payload.ts';

export interface GatewayRoutesOptions {
  readonly registry: StreamRegistry;
  readonly registrations: Registrations;
  readonly events: ClientEvents;
}

const UNREGISTERED = 'failed to register event';
const UNSENT = 'failed to send event';

/** The old event gateway's addresses, forms, codes and messages. */
export function gatewayRoutes(options: GatewayRoutesOptions): Route[] {
  return [
    {
      method: 'POST',
      path: '/:client/:event/register_event',
      body: EVENT_BODY,
      doc: REGISTER_DOC,
      refusedAs: (reply) => refusedUnread('event_schema', UNREGISTERED, reply),
      handle: unlessReserved((request) => register(request, options)),
    },
    {
      method: 'POST',
      path: '/:client/:event/send_event',
      body: EVENT_BODY,
      doc: SEND_DOC,
      refusedAs: (reply) => refusedUnread('event', UNSENT, reply),
      handle: unlessReserved((request) => send(request, options)),
    },
    {
      method: 'GET',
      path: '/:client/:event/schema',
      doc: SCHEMA_DOC,
      handle: unlessReserved((request) => schemaOf(request, options)),
    },
    {
      method: 'GET',
      path: '/:client/list_events',
      doc: LIST_DOC,
      handle: unlessReserved((request) => listEvents(request, options)),
    },
  ];
}

/** What lies below the services' own addresses is theirs: there is no such client to have events. */
function unlessReserved(handle: Route['handle']): Route['handle'] {
  return (request) => {
    const { client = '' } = request.params;
    const checked = clientName(client);
    if (checked.kind === 'refused' && checked.isReserved) {
      return problem(NOT_FOUND, `no route has the path ${quoted(request.path)}`);
    }
    return handle(request);
  };
}

async function register(request: HttpRequest, { registrations }: GatewayRoutesOptions): Promise<Reply> {
  const { client = '', event = '' } = request.params;
  const { correlationId, signal, headers } = request;
  const idempotency = idempotencyKeyOf(headers);
  if (idempotency.kind === 'refused') return inOldWords(UNREGISTERED, idempotency.reply);
  const payload = await payloadOf(request, 'event_schema');
  if (payload.kind === 'refused') return payload.reply;
  const fault = nameFault(client, event);
  if (fault !== undefined) return failure(UNREGISTERED, INVALID_NAME, fault);
  const schema = payload.value;
  const wrong = schemaFault(schema);
  if (wrong) return inOldWords(UNREGISTERED, refuseSchema(wrong, '/event_schema'));
  const scope = `${CONTROL_STREAM}/${client}.${event}`;
  const commandId = commandIdFor(scope, client, idempotency);
  const wanted = { client, event, schema, compatibility: 'backward', correlationId, commandId, signal } as const;
  try {
    const outcome = await registrations.register(
      wanted,
      (latest) => latest && (latest.commandId === commandId ? 'this-one' : 'another'),
    );
    switch (outcome.kind) {
      case 'registered':
        return REGISTERED;
      case 'declined':
        return outcome.reason === 'this-one' ? REGISTERED : alreadyRegistered(client, event);
      case 'lost':
        return alreadyRegistered(client, event);
      case 'conflict':
        return failure(UNREGISTERED, CONFLICT, topicFault(outcome));
      case 'pending':
        return refusePending(outcome.commandId, { code: 'FAILED', msg: UNREGISTERED });
      default:
        return outcome satisfies never;
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return problemOf(error, { code: 'FAILED', msg: UNREGISTERED });
  }
}

const REGISTERED = json(200, { code: 'SUCCEEDED', msg: 'event registered' });

function alreadyRegistered(client: string, event: string): Reply {
  const detail = `event ${quoted(event)} of client ${quoted(client)} must not be registered yet; PUT /api/v1/streams adds versions`;
  return failure(UNREGISTERED, ALREADY_REGISTERED, detail);
}

async function send(request: HttpRequest, { events }: GatewayRoutesOptions): Promise<Reply> {
  const { client = '', event = '' } = request.params;
  const { correlationId, headers } = request;
  const { meter } = events;
  const idempotency = idempotencyKeyOf(headers);
  if (idempotency.kind === 'refused') return inOldWords(UNSENT, idempotency.reply);
  const payload = await payloadOf(request, 'event');
  if (payload.kind === 'refused') {
    meter.invalid(events.labelOf(client, event), payload.reason);
    return payload.reply;
  }
  try {
    const stream = await events.open(client, event);
    if (!stream) {
      meter.invalid(UNKNOWN_STREAM, 'unknown-stream');
      return notRegistered(UNSENT, client, event);
    }
    const violations = stream.validator.violations(payload.value);
    if (violations.length > 0) {
      meter.invalid(stream.version.topic, 'schema-violation');
      return inOldWords(UNSENT, refuseViolations(violations, { at: '/event' }));
    }
    meter.valid(stream.version.topic);
    const commandId = commandIdFor(stream.version.topic, client, idempotency);
    await events.publish(stream, { commandId, value: Buffer.from(payload.text), correlationId });
    return json(200, { code: 'SUCCEEDED', msg: 'event sent', id: commandId });
  } catch (error) {
    return problemOf(error, { code: 'FAILED', msg: UNSENT });
  }
}

async function schemaOf({ params }: HttpRequest, { registry }: GatewayRoutesOptions): Promise<Reply> {
  const { client = '', event = '' } = params;
  const msg = 'event not registered';
  // What can be no name was never registered, and asking for it would be a stranger's way to the store.
  if (nameFault(client, event) !== undefined) return notRegistered(msg, client, event);
  try {
    const version = await registry.find(client, event);
    if (!version) return notRegistered(msg, client, event);
    return json(200, { code: 'SUCCEEDED', msg: 'schema recovered', schema: JSON.parse(version.schema) });
  } catch (error) {
    return problemOf(error, { code: 'FAILED', msg });
  }
}

function notRegistered(msg: string, client: string, event: string): Reply {
  const detail = nameFault(client, event) ?? `event ${quoted(event)} of client ${quoted(client)} must be registered`;
  return failure(msg, NOT_REGISTERED, detail);
}

async function listEvents({ params }: HttpRequest, { registry }: GatewayRoutesOptions): Promise<Reply> {
  const { client = '' } = params;
  try {
    await registry.refreshed().catch(() => registry.requireLoaded());
  } catch (error) {
    return problemOf(error, { code: 'FAILED', msg: 'events not recovered' });
  }
  const events = registry.ofClient(client).map(({ event }) => [client, event]);
  // The message is the old gateway's own.
  return json(200, { code: 'SUCCEEDED', msg: 'schema recovered', events });
}
