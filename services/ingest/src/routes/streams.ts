import {
  type HttpRequest,
  idempotencyKeyOf,
  jsonText,
  type MediaType,
  mediaTypeOf,
  type Reply,
  type Route,
  refuseCharset,
} from '@sluice/http';
import { cloudEventKeyOf, cloudEventOf } from '../cloud-events.ts';
import { lookupOf } from '../command-id.ts';
import { MAX_EVENT_BYTES, refuseLarge } from '../event-size.ts';
import { jsonOf } from '../json-body.ts';
import { type InvalidReason, UNKNOWN_STREAM } from '../metrics/payload-metrics.ts';
import { refuseUnknownStream, refuseViolations } from '../stream-problems.ts';
import type { ClientEvents, OpenStream } from '../streams/client-events.ts';
import { type Batch, takeCloudEvents, takeLines } from './streams-batch.ts';
import { POST_DOC } from './streams-docs.ts';

export interface StreamRoutesOptions {
  readonly events: ClientEvents;
}

const MAX_BATCH_BYTES = 8 * 2 ** 20;

const NDJSON = 'application/x-ndjson';
const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

/** Takes the events of registered streams. */
export function streamRoutes({ events }: StreamRoutesOptions): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/streams/:client/:event',
      body: { limitBytes: MAX_BATCH_BYTES },
      doc: POST_DOC,
      handle: (request) => accept(request, events),
    },
  ];
}

async function accept(request: HttpRequest, events: ClientEvents): Promise<Reply> {
  const { client = '', event = '' } = request.params;
  const opened = events.open(client, event);
  const stream = opened instanceof Promise ? await opened : opened;
  if (!stream) {
    events.meter.invalid(UNKNOWN_STREAM, 'unknown-stream');
    return refuseUnknownStream(client, event);
  }
  const mediaType = mediaTypeOf(request.headers);
  switch (mediaType?.essence) {
    case NDJSON:
    case BATCH:
      return acceptBatch(request, { stream, events }, mediaType);
    default:
      return acceptOne(request, { stream, events }, mediaType?.essence === STRUCTURED);
  }
}

interface Target {
  readonly stream: OpenStream;
  readonly events: ClientEvents;
}

async function acceptOne(request: HttpRequest, target: Target, isStructured: boolean): Promise<Reply> {
  const { headers, body, correlationId } = request;
  const { stream, events } = target;
  if (body.length > MAX_EVENT_BYTES) {
    return refuse(target, 'too-large', refuseLarge(body.length));
  }
  const json = jsonOf(request);
  if (json.kind === 'refused') {
    return refuse(target, json.reason, json.reply);
  }
  const idempotency = idempotencyKeyOf(headers);
  if (idempotency.kind === 'refused') return idempotency.reply;
  let key = idempotency.kind === 'key' ? idempotency.key : undefined;
  let { value, bytes } = json;
  if (isStructured) {
    const cloudEvent = cloudEventOf(value);
    if (cloudEvent.kind === 'refused') return refuse(target, 'schema-violation', cloudEvent.reply);
    ({ key, data: value } = cloudEvent);
    bytes = Buffer.from(JSON.stringify(value));
  } else {
    const cloudEvent = cloudEventKeyOf(headers);
    if (cloudEvent.kind === 'refused') return refuse(target, 'schema-violation', cloudEvent.reply);
    if (cloudEvent.kind === 'key') key = cloudEvent.key;
  }
  const violations = stream.validator.violations(value);
  if (violations.length > 0) {
    return refuse(target, 'schema-violation', refuseViolations(violations, { at: isStructured ? '/data' : '' }));
  }
  events.meter.valid(stream.version.topic);
  const commandId = events.idOf(stream, key);
  await events.publish(stream, { commandId, value: bytes, correlationId });
  return accepted(commandId);
}

async function acceptBatch(request: HttpRequest, target: Target, mediaType: MediaType): Promise<Reply> {
  const charset = refuseCharset(mediaType);
  if (charset) return refuse(target, 'unsupported-media-type', charset);
  const idempotency = idempotencyKeyOf(request.headers);
  if (idempotency.kind === 'refused') return idempotency.reply;
  const idempotencyKey = idempotency.kind === 'key' ? idempotency.key : undefined;
  const batch: Batch = { ...target, idempotencyKey, correlationId: request.correlationId };
  if (mediaType.essence === NDJSON) return await takeLines(request.body, batch);
  const json = jsonOf(request);
  return json.kind === 'refused' ? refuse(target, 'malformed-json', json.reply) : takeCloudEvents(json.value, batch);
}

function refuse({ stream, events }: Target, reason: InvalidReason, reply: Reply): Reply {
  events.meter.invalid(stream.version.topic, reason);
  return reply;
}

function accepted(commandId: string): Reply {
  return jsonText(202, `{"id":"${commandId}"}`, { Location: lookupOf(commandId) });
}
