import { SluiceError } from '@sluice/core';
import {
  type HttpRequest,
  idempotencyKeyOf,
  jsonText,
  problem,
  problemOf,
  type Reply,
  type Route,
  withMembers,
} from '@sluice/http';
import type { Violation } from '@sluice/schemas';
import { readActivities, TABLE_TRANSACTION_STREAM, tableTransactionCommand } from '@sluice/streams';
import { commandIdFor } from '../command-id.ts';
import { EVENT_BODY } from '../event-size.ts';
import { jsonOf, toldInBody } from '../json-body.ts';
import type { PayloadMeter } from '../metrics/payload-metrics.ts';
import type { Publish } from '../publish/publish.ts';
import { activitiesDoc, INVALID_ACTIVITIES, OLD_INVALID, OLD_VALID, UNPUBLISHED } from './activities-docs.ts';

export interface ActivitiesRoutesOptions {
  readonly topic: string;
  readonly publish: Publish;
  readonly meter: PayloadMeter;
  /** In ms since the epoch. */
  readonly now: () => number;
}

/** Takes table transactions, at the address and with the members of the old gatekeeper. */
export function activitiesRoutes(options: ActivitiesRoutesOptions): Route[] {
  const post = (path: string, operationId: string): Route => ({
    method: 'POST',
    path,
    body: EVENT_BODY,
    doc: activitiesDoc(operationId),
    refusedAs: (reply) => inOldWords(reply, 'null', reply.status >= 500 ? UNPUBLISHED : OLD_INVALID),
    handle: (request) => accept(request, options),
  });
  return [post('/api/activities', 'postActivities'), post('/api/v1/activities', 'postActivitiesV1')];
}

async function accept(request: HttpRequest, { topic, publish, meter, now }: ActivitiesRoutesOptions): Promise<Reply> {
  const idempotency = idempotencyKeyOf(request.headers);
  if (idempotency.kind === 'refused') return inOldWords(idempotency.reply, 'null');
  const json = jsonOf(request);
  if (json.kind === 'refused') {
    meter.invalid(TABLE_TRANSACTION_STREAM, json.reason);
    return inOldWords(json.reply, 'null');
  }
  const payload = json.bytes.toString('utf8');
  const read = readActivities(json.value);
  if (read.kind === 'invalid') {
    meter.invalid(TABLE_TRANSACTION_STREAM, 'schema-violation');
    return inOldWords(refuseActivities(read.violations), payload);
  }
  meter.valid(TABLE_TRANSACTION_STREAM);
  const { client, correlationId } = request;
  const commandId = commandIdFor(TABLE_TRANSACTION_STREAM, client, idempotency);
  const command = { topic, commandId, client, value: json.bytes, acceptedAtMs: now(), correlationId };
  try {
    await publish(tableTransactionCommand(command));
  } catch (error) {
    const isTooLarge = error instanceof SluiceError && error.code === 'too-large';
    return inOldWords(problemOf(error), isTooLarge ? 'null' : payload, UNPUBLISHED);
  }
  const about = JSON.stringify({ status: 200, message: OLD_VALID, error: null, id: commandId });
  return jsonText(200, withPayload(about, payload));
}

function refuseActivities(violations: readonly Violation[]): Reply {
  return problem(INVALID_ACTIVITIES, toldInBody(violations), { extensions: { errors: violations } });
}

/** A refusal with the old gatekeeper's members beside its own. */
function inOldWords(reply: Reply, payload: string, message = OLD_INVALID): Reply {
  const worded = withMembers(reply, ({ detail }) => ({ message, error: detail }));
  return { ...worded, body: withPayload(worded.body, payload) };
}

/** The client's JSON goes back as it came: it was read strictly, and parsing it again would cost more than all the rest. */
const withPayload = (object: string, payload: string): string => `${object.slice(0, -1)},"payload":${payload}}`;
