import { instantFromMs } from '@sluice/core';
import { type HttpRequest, idempotencyKeyOf, jsonText, problem, problemOf, type Reply, type Route } from '@sluice/http';
import {
  ACTIVITY_STREAM,
  type ActivityViolation,
  activityEventCommand,
  activityEventJson,
  readActivityEvent,
} from '@sluice/streams';
import { commandIdFor } from '../command-id.ts';
import { EVENT_BODY } from '../event-size.ts';
import { jsonOf, toldInBody } from '../json-body.ts';
import type { PayloadMeter } from '../metrics/payload-metrics.ts';
import type { Publish } from '../publish/publish.ts';
import { activityEventsDoc, INVALID_ACTIVITY_EVENT } from './activity-events-docs.ts';
import { inOldWords, oldWordsFor } from './activity-events-old-words.ts';

export interface ActivityEventsRoutesOptions {
  readonly topic: string;
  readonly publish: Publish;
  readonly meter: PayloadMeter;
  /** In ms since the epoch. */
  readonly now: () => number;
}

/** Takes activity events, at the addresses and in the form of the old activity service. */
export function activityEventsRoutes(options: ActivityEventsRoutesOptions): Route[] {
  const post = (path: string, operationId: string): Route => ({
    method: 'POST',
    path,
    body: EVENT_BODY,
    doc: activityEventsDoc(operationId),
    refusedAs: inOldWords,
    handle: (request) => accept(request, options),
  });
  return [
    post('/api/events', 'postEvent'),
    post('/api/events/', 'postEventSlash'),
    post('/api/v1/events', 'postEventV1'),
    post('/api/v1/events/', 'postEventV1Slash'),
  ];
}

async function accept(request: HttpRequest, options: ActivityEventsRoutesOptions): Promise<Reply> {
  const { topic, publish, meter, now } = options;
  const idempotency = idempotencyKeyOf(request.headers);
  if (idempotency.kind === 'refused') return inOldWords(idempotency.reply);
  const json = jsonOf(request);
  if (json.kind === 'refused') {
    meter.invalid(ACTIVITY_STREAM, json.reason);
    return inOldWords(json.reply);
  }
  const read = readActivityEvent(json.value);
  if (read.kind === 'invalid') {
    meter.invalid(ACTIVITY_STREAM, 'schema-violation');
    return refuseEvent(read.violations);
  }
  meter.valid(ACTIVITY_STREAM);
  const { client, correlationId } = request;
  const id = commandIdFor(ACTIVITY_STREAM, client, idempotency);
  const acceptedAtMs = now();
  try {
    await publish(
      activityEventCommand({ topic, commandId: id, client, value: json.bytes, acceptedAtMs, correlationId }),
    );
  } catch (error) {
    return inOldWords(problemOf(error));
  }
  const event = { ...read.event, id, createdAt: instantFromMs(acceptedAtMs), data: JSON.stringify(read.event.data) };
  return jsonText(201, activityEventJson(event));
}

function refuseEvent(violations: readonly ActivityViolation[]): Reply {
  return problem(INVALID_ACTIVITY_EVENT, toldInBody(violations), {
    extensions: {
      ...oldWordsFor(violations),
      violations: violations.map(({ pointer, detail }) => ({ pointer, detail })),
    },
  });
}
