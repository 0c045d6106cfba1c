import type { BadInput, Refusal } from '../bad-input.ts';
import { json, request, typed } from '../request.ts';

const MIB = 2 ** 20;
const EVENT = 'POST /api/v1/streams/Mallory/Bag';

/** A way in with what the old systems' clients find in each of its refusals. */
interface BodyDoor {
  readonly name: string;
  readonly door: BadInput['door'];
  readonly head: string;
  readonly limitBytes: number;
  readonly old: Pick<Refusal, 'members' | 'repeatedAs'>;
  /** The old gateway's field: to it a body of another type was a form without that. */
  readonly field?: string;
}

const noField = (field: string, detail: RegExp): Refusal => ({
  status: 400,
  type: 'invalid-body',
  detail,
  members: { code: 'FAILED', msg: `'${field}' key not in data` },
});

const DOORS: readonly BodyDoor[] = [
  { name: 'a stream event', door: 'stream event', head: EVENT, limitBytes: 8 * MIB, old: {} },
  { name: 'a schema', door: 'schema', head: 'PUT /api/v1/streams/Mallory/New', limitBytes: MIB, old: {} },
  {
    name: 'activities',
    door: 'activities',
    head: 'POST /api/v1/activities',
    limitBytes: MIB,
    old: { members: { message: 'Invalid Schema', payload: null }, repeatedAs: ['error'] },
  },
  {
    name: 'an activity event',
    door: 'activity event',
    head: 'POST /api/v1/events',
    limitBytes: MIB,
    old: { repeatedAs: ['message'] },
  },
  {
    name: 'an event in a form',
    door: 'event form',
    head: 'POST /Mallory/Bag/send_event',
    limitBytes: MIB,
    old: { members: { code: 'FAILED', msg: "'event' key not in data" } },
    field: 'event',
  },
  {
    name: 'a schema in a form',
    door: 'event form',
    head: 'POST /Mallory/New/register_event',
    limitBytes: MIB,
    old: { members: { code: 'FAILED', msg: "'event_schema' key not in data" } },
    field: 'event_schema',
  },
  {
    name: 'a filter of dead letters',
    door: 'dead letters',
    head: 'POST /api/v1/dead-letters/discard',
    limitBytes: 64 * 1024,
    old: {},
  },
  { name: 'a command without a body', door: 'timestamp', head: 'POST /app', limitBytes: MIB, old: {} },
];

const tooLarge = (limitBytes: number): Refusal => ({
  status: 413,
  type: 'too-large',
  detail: new RegExp(`^the body must have at most ${limitBytes} bytes, but it has more$`),
});

const TEN_MB = Buffer.alloc(10_000_000, '{"a":[');
const DOORS_OF_10_MB: ReadonlySet<string> = new Set([
  'a stream event',
  'activities',
  'a filter of dead letters',
  'a command without a body',
]);

const sized = ({ name, door, head, limitBytes, old }: BodyDoor): readonly BadInput[] => {
  const answer: Refusal = { ...tooLarge(limitBytes), ...old };
  const body = Buffer.alloc(limitBytes + 1, ' ');
  return [
    { name: `${name}: a byte too many`, to: 'ingest', door, request: json(head, body), answer },
    {
      name: `${name}: a byte too many, in chunks`,
      to: 'ingest',
      door,
      request: request(head, { body, chunkBytes: 16_384, headers: ['Content-Type: application/json'] }),
      answer,
    },
    // One way in for each limit: the others would only take their time.
    ...(DOORS_OF_10_MB.has(name)
      ? [{ name: `${name}: 10 MB`, to: 'ingest' as const, door, request: json(head, TEN_MB), answer }]
      : []),
  ];
};

const encoded = (coding: string): Refusal => ({
  status: 415,
  type: 'unsupported-media-type',
  detail: new RegExp(`^the body must not be encoded, got header Content-Encoding "${coding}"$`),
});

const otherType = (allowed: string, got: string): Refusal => ({
  status: 415,
  type: 'unsupported-media-type',
  detail: new RegExp(`^header Content-Type must be ${allowed}, got ${got}$`),
});

const otherCharset = (got: string): Refusal => ({
  status: 415,
  type: 'unsupported-media-type',
  detail: new RegExp(`^the charset of the body must be utf-8, got "${got}"$`),
});

const TYPES = [
  'text/plain',
  'application/xml',
  'application/octet-stream',
  'json',
  '/',
  'application/json/x',
  'application/json, text/plain',
  '',
] as const;

function typesOf({ name, door, head, old, field }: BodyDoor): readonly BadInput[] {
  const case_ = (what: string, bytes: Buffer, answer: Refusal): BadInput => ({
    name: `${name}: ${what}`,
    to: 'ingest',
    door,
    request: bytes,
    answer: field === undefined ? { ...answer, ...oldOf(door, old) } : noField(field, answer.detail),
  });
  const allowed = field === undefined ? 'application/json' : 'application/x-www-form-urlencoded or multipart/form-data';
  const body = '{"n":1}';
  return [
    case_('no type', request(head, { body }), otherType(allowed, 'none')),
    ...TYPES.map((type) => case_(`type ${type}`, typed(head, type, body), otherType(allowed, `"${type}"`))),
    case_('gzip', json(head, body, ['Content-Encoding: gzip']), encoded('gzip')),
    case_('gzip of it as it is', json(head, body, ['Content-Encoding: gzip, identity']), encoded('gzip, identity')),
  ];
}

/** Of another media type the old activity service said something else than of anything else. */
function oldOf(door: BadInput['door'], old: BodyDoor['old']): BodyDoor['old'] {
  if (door !== 'activity event') return old;
  return { members: { message: 'Input payload validation failed', errors: { '': "None is not of type 'object'" } } };
}

const CHARSETS = ['utf-16', 'iso-8859-1', 'us-ascii'] as const;

const charsets = ({ name, door, head, old }: BodyDoor): readonly BadInput[] =>
  CHARSETS.map((charset) => ({
    name: `${name}: charset ${charset}`,
    to: 'ingest',
    door,
    request: typed(head, `application/json; charset=${charset}`, '{"n":1}'),
    answer: { ...otherCharset(charset), ...oldOf(door, old) },
  }));

/** The ways in that take JSON and nothing else. */
const JSON_DOORS = DOORS.filter(({ door, field }) => door !== 'timestamp' && field === undefined);

const nothing = (old: Pick<Refusal, 'members' | 'repeatedAs'>): Refusal => ({
  status: 400,
  type: 'malformed-json',
  detail: /^the body must be JSON, got none$/,
  ...old,
});

/** Bodies as such, before anybody looks at what they say. */
export const bodyCases: readonly BadInput[] = [
  ...DOORS.flatMap(sized),
  ...DOORS.filter(({ door }) => door !== 'timestamp').flatMap(typesOf),
  ...JSON_DOORS.flatMap(charsets),
  ...JSON_DOORS.map(
    ({ name, door, head, old }): BadInput => ({
      name: `${name}: nothing`,
      to: 'ingest',
      door,
      request: json(head, ''),
      answer: nothing(old),
    }),
  ),
  {
    name: 'a stream event of 1 MiB and a byte',
    to: 'ingest',
    door: 'stream event',
    request: json(EVENT, Buffer.alloc(MIB + 1, ' ')),
    answer: { status: 413, type: 'too-large', detail: /^an event must have at most 1048576 bytes, got 1048577$/ },
  },
  {
    name: 'lines of 8 MiB and a byte',
    to: 'ingest',
    door: 'stream lines',
    request: typed(EVENT, 'application/x-ndjson', Buffer.alloc(8 * MIB + 1, '{}\n')),
    answer: tooLarge(8 * MIB),
  },
  {
    name: 'a look-up with a body of 10 MB',
    to: 'query',
    door: 'look-up',
    request: json('GET /api/v1/commands/00000000-0000-4000-8000-000000000000', Buffer.alloc(10_000_000, 'x')),
    answer: tooLarge(MIB),
  },
];
