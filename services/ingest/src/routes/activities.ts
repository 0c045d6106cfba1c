import { SluiceError } from '@sluice/core';
import {
  type HttpRequest,
  INVALID_IDEMPOTENCY_KEY,
  idempotencyKeyOf,
  jsonText,
  MALFORMED_JSON,
  type ProblemKind,
  problem,
  problemOf,
  type Reply,
  type Route,
  type RouteDoc,
  UNAVAILABLE,
  withMembers,
} from '@sluice/http';
import type { Violation } from '@sluice/schemas';
import {
  readActivities,
  TABLE_TRANSACTION_SCHEMA,
  TABLE_TRANSACTION_STREAM,
  tableTransactionCommand,
} from '@sluice/streams';
import { commandIdFor } from '../command-id.ts';
import { jsonOf, placeInBody } from '../json-body.ts';
import type { PayloadMeter } from '../metrics/payload-metrics.ts';
import type { Publish } from '../publish/publish.ts';

export interface ActivitiesRoutesOptions {
  readonly topic: string;
  readonly publish: Publish;
  readonly meter: PayloadMeter;
  /** In ms since the epoch. */
  readonly now: () => number;
}

const INVALID_ACTIVITIES: ProblemKind = { status: 400, name: 'invalid-activities', title: 'Invalid activities' };

/** What the old gatekeeper said beside its payload. */
const OLD_VALID = 'Valid Schema';
const OLD_INVALID = 'Invalid Schema';
/** It had no word for this; one that says valid would be taken for success. */
const UNPUBLISHED = 'Not Published';

const BODY = { limitBytes: 2 ** 20 };

/** Takes table transactions, at the address and with the members of the old gatekeeper. */
export function activitiesRoutes(options: ActivitiesRoutesOptions): Route[] {
  return [['/api/activities', 'postActivities'] as const, ['/api/v1/activities', 'postActivitiesV1'] as const].map(
    ([path, operationId]) => ({
      method: 'POST',
      path,
      body: BODY,
      refusedAs: (reply) => inOldWords(reply, 'null', reply.status >= 500 ? UNPUBLISHED : OLD_INVALID),
      handle: (request) => accept(request, options),
      doc: docOf(operationId),
    }),
  );
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
  const told = violations.map(({ pointer, detail }) => `${placeInBody(pointer)} ${detail}`).join('; ');
  return problem(INVALID_ACTIVITIES, told, { extensions: { errors: violations } });
}

/** A refusal with the old gatekeeper's members beside its own. */
function inOldWords(reply: Reply, payload: string, message = OLD_INVALID): Reply {
  const worded = withMembers(reply, ({ detail }) => ({ message, error: detail }));
  return { ...worded, body: withPayload(worded.body, payload) };
}

/** The client's JSON goes back as it came: it was read strictly, and parsing it again would cost more than all the rest. */
const withPayload = (object: string, payload: string): string => `${object.slice(0, -1)},"payload":${payload}}`;

const EXAMPLE = {
  activities: [
    {
      operation: 'insert',
      table: 'table1',
      col_names: ['a', 'b', 'c'],
      col_types: ['INTEGER', 'TEXT', 'TEXT'],
      col_values: [1, 'Backup and Restore', '2018-03-27 11:58:28.988414'],
    },
  ],
};

const refusedSchema = (message: string) => ({
  type: 'object',
  required: ['payload', 'message', 'error'],
  properties: {
    payload: { description: 'The body, where it is JSON' },
    message: { const: message },
    error: { type: 'string', description: 'The same as `detail`' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
});
const INVALID_SCHEMA = refusedSchema(OLD_INVALID);
const UNPUBLISHED_SCHEMA = refusedSchema(UNPUBLISHED);

const docOf = (operationId: string): RouteDoc => ({
  operationId,
  summary: 'Insert into and delete from tables, all or nothing',
  description:
    'One table transaction. It is applied in the order of its client, or refused as a whole; `GET /api/v1/commands/{id}` of the query service tells which.',
  tags: ['table transactions'],
  isIdempotent: true,
  body: { content: { 'application/json': { schema: TABLE_TRANSACTION_SCHEMA, examples: { insert: EXAMPLE } } } },
  answers: {
    200: {
      description: 'The broker has it durably',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['status', 'payload', 'message', 'error', 'id'],
            properties: {
              status: { const: 200 },
              payload: { description: 'The body' },
              message: { const: OLD_VALID },
              error: { type: 'null' },
              id: { type: 'string', format: 'uuid', description: 'The command id' },
            },
          },
          examples: {
            accepted: {
              status: 200,
              message: OLD_VALID,
              error: null,
              id: '8d6f4b1e-3c1f-4a0e-9a55-0c6f2d1f7b3a',
              payload: EXAMPLE,
            },
          },
        },
      },
    },
  },
  problems: [
    ...[INVALID_ACTIVITIES, MALFORMED_JSON, INVALID_IDEMPOTENCY_KEY].map((kind) => ({ kind, schema: INVALID_SCHEMA })),
    { kind: UNAVAILABLE, schema: UNPUBLISHED_SCHEMA },
  ],
});
