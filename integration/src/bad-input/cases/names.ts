import type { BadInput } from '../bad-input.ts';
import { form, json, request } from '../request.ts';

const SHAPE = 'be 1 to 63 letters, digits, underscores or hyphens, the first a letter';

/** As they stand in a path, what must be wrong with them, and how they are shown. */
const NAMES: readonly (readonly [segment: string, rule: string, got: string])[] = [
  ['a%22b', SHAPE, 'a\\\\"b'],
  ["x'%3B%20drop%20schema%20sluice%3B--", SHAPE, "x'; drop schema sluice;--"],
  [`a${'b'.repeat(63)}`, SHAPE, `a${'b'.repeat(63)}`],
  ['b'.repeat(5_000), SHAPE, `${'b'.repeat(80)}…`],
  ['1st', SHAPE, '1st'],
  ['-rf', SHAPE, '-rf'],
  ['_x', SHAPE, '_x'],
  ['a.b', SHAPE, 'a\\.b'],
  ['a%20b', SHAPE, 'a b'],
  ['a%00', SHAPE, 'a\\\\u0000'],
  ['a%0d%0aX-Evil:%201', SHAPE, 'a\\\\u000d\\\\u000aX-Evil: 1'],
  ['%D0%B0dmin', SHAPE, 'аdmin'],
  ['%EF%BD%81dmin', SHAPE, 'ａdmin'],
  ['%F0%9F%8D%8C', SHAPE, '🍌'],
  ['a%E2%80%AEb', SHAPE, 'a\\\\u202eb'],
  ['..', SHAPE, '\\.\\.'],
  ['%24%7B7*7%7D', SHAPE, '\\$\\{7\\*7\\}'],
  ['__proto__', SHAPE, '__proto__'],
];

const RESERVED = ['api', 'app', 'health', 'ready', 'metrics'] as const;
const SCHEMA = { schema: { type: 'object' } };

/** Names that no client, event or topic may have. */
export const nameCases: readonly BadInput[] = [
  ...NAMES.flatMap(([segment, rule, got]): readonly BadInput[] => [
    {
      name: `a stream of the client ${segment.slice(0, 40)}`,
      to: 'ingest',
      door: 'schema',
      request: json(`PUT /api/v1/streams/${segment}/New`, SCHEMA),
      answer: { status: 400, type: 'invalid-name', detail: new RegExp(`^client must ${rule}, got "${got}"$`) },
    },
    {
      name: `a registration of the event ${segment.slice(0, 40)}`,
      to: 'ingest',
      door: 'event form',
      request: form(`POST /Mallory/${segment}/register_event`, { event_schema: '{"type":"object"}' }),
      answer: {
        status: 400,
        type: 'invalid-name',
        detail: new RegExp(`^event must ${rule}, got "${got}"$`),
        members: { code: 'FAILED', msg: 'failed to register event' },
      },
    },
  ]),
  ...RESERVED.flatMap((name): readonly BadInput[] => [
    {
      name: `a stream of the reserved client ${name}`,
      to: 'ingest',
      door: 'schema',
      request: json(`PUT /api/v1/streams/${name}/New`, SCHEMA),
      answer: {
        status: 400,
        type: 'invalid-name',
        detail: new RegExp(`^client must be none of ${RESERVED.join(', ')}, got "${name}"$`),
      },
    },
    {
      name: `a registration of the reserved client ${name}`,
      to: 'ingest',
      door: 'event form',
      request: form(`POST /${name}/New/register_event`, { event_schema: '{"type":"object"}' }),
      answer: {
        status: 404,
        type: 'not-found',
        detail: new RegExp(`^no route has the path "/${name}/New/register_event"$`),
      },
    },
    {
      name: `the events of the reserved client ${name}`,
      to: 'ingest',
      door: 'event form',
      request: request(`GET /${name}/list_events`),
      answer: { status: 404, type: 'not-found', detail: new RegExp(`^no route has the path "/${name}/list_events"$`) },
    },
  ]),
  {
    name: 'a stream of a client that Pub/Sub takes for its own',
    to: 'ingest',
    door: 'schema',
    request: json('PUT /api/v1/streams/google/New', SCHEMA),
    answer: { status: 400, type: 'invalid-name', detail: /^client must not begin with goog, got "google"$/ },
  },
  {
    name: "a stream whose topic is another's but for a dot",
    to: 'ingest',
    door: 'schema',
    request: json('PUT /api/v1/streams/Victim_Gold/Fees', SCHEMA),
    answer: {
      status: 409,
      type: 'conflict',
      detail: /^topic "Victim_Gold\.Fees" must differ from "Victim\.Gold_Fees" in more than dots and underscores$/,
    },
  },
];
