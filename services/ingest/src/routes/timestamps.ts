import { parseInstant, quoted, SluiceError } from '@sluice/core';
import {
  type HttpRequest,
  idempotencyKeyOf,
  json,
  problem,
  problemOf,
  type Reply,
  type Route,
  type RouteDoc,
} from '@sluice/http';
import { TIMESTAMP_STREAM, timestampCommand } from '@sluice/streams';
import { commandIdFor } from '../command-id.ts';
import type { PayloadMeter } from '../metrics/payload-metrics.ts';
import type { Publish } from '../publish/publish.ts';
import { CURRENT_DOC, GIVEN_DOC, INVALID_TIMESTAMP } from './timestamps-docs.ts';

export interface TimestampRoutesOptions {
  readonly topic: string;
  readonly publish: Publish;
  readonly meter: PayloadMeter;
  /** In ms since the epoch. */
  readonly now: () => number;
}

/** What the old command service said beside its error. */
const OLD_INVALID = 'invalid timestamp passed, please use 2006-01-02T15:04:05Z07:00';
const OLD_UNPUBLISHED = 'failed to publish message';

/** Takes timestamp commands, at the addresses and in the forms of the old command service. */
export function timestampRoutes(options: TimestampRoutesOptions): Route[] {
  const { now } = options;
  const post = (path: string, doc: RouteDoc, timestampOf: (request: HttpRequest) => string): Route => ({
    method: 'POST',
    path,
    doc,
    handle: (request) => accept(request, timestampOf(request), options),
  });
  const current = currentSecond(now);
  return [
    post('/app', { ...CURRENT_DOC, operationId: 'postApp' }, current),
    post('/api/v1/timestamp', CURRENT_DOC, current),
    post('/api/v1/timestamp/', { ...CURRENT_DOC, operationId: 'postTimestampSlash' }, current),
    post('/api/v1/timestamp/:timestamp', GIVEN_DOC, ({ params: { timestamp = '' } }) =>
      timestamp.trim() ? timestamp : current(),
    ),
  ];
}

/** The time as the old command service gave it. Thousands of requests share a second, and its text. */
function currentSecond(now: () => number): () => string {
  let second = Number.NaN;
  let text = '';
  return () => {
    const latest = Math.floor(now() / 1_000);
    if (latest !== second) {
      second = latest;
      text = `${new Date(second * 1_000).toISOString().slice(0, 19)}Z`;
    }
    return text;
  };
}

async function accept(
  request: HttpRequest,
  eventTimestamp: string,
  { topic, publish, meter, now }: TimestampRoutesOptions,
): Promise<Reply> {
  const instant = parseInstant(eventTimestamp);
  if (instant.kind === 'refused') {
    meter.invalid(TIMESTAMP_STREAM, 'schema-violation');
    return refuseTimestamp(eventTimestamp, instant.rule);
  }
  meter.valid(TIMESTAMP_STREAM);
  const idempotency = idempotencyKeyOf(request.headers);
  if (idempotency.kind === 'refused') return idempotency.reply;
  const { client, correlationId } = request;
  const commandId = commandIdFor(TIMESTAMP_STREAM, client, idempotency);
  try {
    await publish(timestampCommand({ topic, commandId, eventTimestamp, client, acceptedAtMs: now(), correlationId }));
  } catch (error) {
    return refuseUnpublished(error);
  }
  return json(200, { id: commandId });
}

function refuseTimestamp(received: string, rule: string): Reply {
  const detail = `timestamp must ${rule}, got ${quoted(received)}`;
  return problem(INVALID_TIMESTAMP, detail, { extensions: { Error: detail, Message: OLD_INVALID } });
}

function refuseUnpublished(error: unknown): Reply {
  const why = error instanceof SluiceError && error.code === 'too-large' ? 'is too large for' : 'is not confirmed by';
  return problemOf(error, { Error: `the event ${why} the broker`, Message: OLD_UNPUBLISHED });
}
