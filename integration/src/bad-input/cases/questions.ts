import type { BadInput, Refusal } from '../bad-input.ts';
import { json, request } from '../request.ts';
import { escaped } from './escaped.ts';

const ask = (name: string, target: string, answer: Refusal, door: BadInput['door'] = 'list'): BadInput => ({
  name,
  to: 'query',
  door,
  request: request(`GET ${target}`),
  answer,
});

const parameter = (name: string, rule: string, got: string): Refusal => ({
  status: 400,
  type: 'invalid-parameter',
  detail: new RegExp(`^query parameter ${name} must ${rule}, got "${got}"$`),
});
const twice = (name: string): Refusal => ({
  status: 400,
  type: 'malformed-request',
  detail: new RegExp(`^query parameter ${name} must be there once, got 2 of them$`),
});
const undecodable = (got: string): Refusal => ({
  status: 400,
  type: 'malformed-request',
  detail: new RegExp(`^the query must be percent-encoded UTF-8, got "${got}"$`),
});

const ID = '00000000-0000-4000-8000-000000000000';

/** What stands where an id does, and how it is shown. */
const IDS: readonly (readonly [segment: string, got: string])[] = [
  ['7', '7'],
  ['1-1-1-1-1', '1-1-1-1-1'],
  [`%7B${ID}%7D`, `\\{${ID}\\}`],
  [`urn:uuid:${ID}`, `urn:uuid:${ID}`],
  [ID.replaceAll('-', ''), ID.replaceAll('-', '')],
  [`${ID}%00`, `${ID}\\\\u0000`],
  [`${ID}%0A`, `${ID}\\\\u000a`],
  [`${ID}'%20or%20true--`, `${ID}' or true--`],
  [`%EF%BC%90${ID.slice(1)}`, `０${ID.slice(1)}`],
  ['g'.repeat(5_000), `${'g'.repeat(80)}…`],
  ['undefined', 'undefined'],
];

const idCases: readonly BadInput[] = IDS.flatMap(([segment, got]): readonly BadInput[] => {
  const answer: Refusal = { status: 400, type: 'invalid-id', detail: new RegExp(`^id must be a UUID, got "${got}"$`) };
  const short = segment.slice(0, 60);
  const old = {
    members: { error: 'Bad Request', timestamp: /^\d{4}-.*Z$/, path: /^\/api\/v1\/timestamp\// },
    repeatedAs: ['message'],
  };
  return [
    ask(`a command ${short}`, `/api/v1/commands/${segment}`, answer, 'look-up'),
    ask(`a timestamp ${short}`, `/api/v1/timestamp/${segment}`, { ...answer, ...old }, 'look-up'),
    ask(`a dead letter ${short}`, `/api/v1/dead-letters/${segment}`, answer, 'look-up'),
    {
      name: `a re-drive of ${short}`,
      to: 'ingest',
      door: 'dead letters',
      request: request(`POST /api/v1/dead-letters/${segment}/redrive`),
      answer,
    },
  ];
});

const WAIT = 'be a whole number of seconds or milliseconds, such as 5s or 500ms, and at most 60s';
const WAITS: readonly (readonly [given: string, got: string])[] = [
  ['', ''],
  ['5', '5'],
  ['5m', '5m'],
  ['-1s', '-1s'],
  ['61s', '61s'],
  ['60001ms', '60001ms'],
  ['1.5s', '1\\.5s'],
  ['1e1s', '1e1s'],
  ['%205s', ' 5s'],
  ['5s%00', '5s\\\\u0000'],
  ['%D9%A5s', '٥s'],
  [`${'9'.repeat(400)}s`, `${'9'.repeat(80)}…`],
  ['Infinity', 'Infinity'],
];

const LIMIT = 'be a whole number from 1 to 100';
const LIMITS: readonly (readonly [given: string, got: string])[] = [
  ['0', '0'],
  ['101', '101'],
  ['-1', '-1'],
  ['1.5', '1\\.5'],
  ['1e2', '1e2'],
  ['0x10', '0x10'],
  ['', ''],
  ['ten', 'ten'],
  ['%D9%A5', '٥'],
  ['9'.repeat(400), `${'9'.repeat(80)}…`],
  ['1;drop%20table%20x', '1;drop table x'],
];

const base64url = (text: string): string => Buffer.from(text, 'latin1').toString('base64url');
const TIME = '2024-01-01T00:00:00.000000Z';
const CURSORS: readonly (readonly [what: string, given: string])[] = [
  ['empty', ''],
  ['a word', 'next'],
  ['padded', `${base64url(`${TIME} ${ID}`)}=`],
  ['of other letters', '%C3%A9'],
  ['too long', 'A'.repeat(129)],
  ['of nothing', base64url(' ')],
  ['of a time alone', base64url(TIME)],
  ['of a time that is none', base64url(`2024-02-30T00:00:00.000000Z ${ID}`)],
  ['of a time that PostgreSQL would take', base64url(`infinity ${ID}`)],
  ['of a time in short', base64url(`2024-01-01T00:00:00Z ${ID}`)],
  ['of an id that is none', base64url(`${TIME} 7`)],
  ['of an id in upper case', base64url(`${TIME} ${'A'.repeat(8)}-0000-4000-8000-000000000000`)],
  ['with SQL', base64url(`${TIME} ${ID}' or true --`)],
  ['with something behind it', base64url(`${TIME} ${ID} x`)],
];

const LISTS = ['/api/v1/dead-letters', '/api/events', '/api/v1/streams/Victim/Orders'] as const;
const OLD_FAILURE = 'Unable to retrieve events - ';
const oldOf = (list: string): Pick<Refusal, 'members'> =>
  list === '/api/events' ? { members: { message: new RegExp(`^${OLD_FAILURE}query parameter `) } } : {};

const shown = (given: string): string => {
  const text = decodeURIComponent(given);
  return escaped(text.length > 80 ? `${text.slice(0, 80)}…` : text);
};

const pagingCases: readonly BadInput[] = LISTS.flatMap((list) => [
  ...LIMITS.map(([given, got]) =>
    ask(`${list}, limit ${given.slice(0, 20)}`, `${list}?limit=${given}`, {
      ...parameter('limit', LIMIT, got),
      ...oldOf(list),
    }),
  ),
  ...CURSORS.map(([what, given]) =>
    ask(`${list}, a cursor ${what}`, `${list}?cursor=${given}`, {
      ...parameter('cursor', 'be the next of an earlier answer', shown(given)),
      ...oldOf(list),
    }),
  ),
  ask(`${list}, two limits`, `${list}?limit=1&limit=2`, { ...twice('limit'), ...oldOf(list) }),
  ask(`${list}, two cursors`, `${list}?cursor=a&cursor=a`, { ...twice('cursor'), ...oldOf(list) }),
]);

const date = (name: string, given: string, got = shown(given)): BadInput =>
  ask(`activity events, ${name}=${given.slice(0, 20)}`, `/api/events/?${name}=${given}`, {
    status: 400,
    type: 'invalid-parameter',
    detail: new RegExp(`^${name} must be MM-DD-YYYY, got "${got}"$`),
    members: { message: `${OLD_FAILURE}Invalid date specified` },
  });

const DATES = [
  '2024-01-31',
  '01/31/2024',
  '1-31-24',
  '13-01-2024',
  '00-10-2024',
  '02-30-2024',
  '02-29-2023',
  '01-32-2024',
  '01-31-2024x',
  '01-31-02024',
  '01-31-0000',
  '%2001-31-2024',
  '01-31-2024%00',
  '%D9%A1-31-2024',
  'today',
  'infinity',
  "01-31-2024'--",
] as const;

const dateCases: readonly BadInput[] = DATES.flatMap((given) => {
  const got = given.includes('%00') ? '01-31-2024\\\\u0000' : shown(given);
  return [date('from_date', given, got), date('to_date', given, got)];
});

const INSTANTS: readonly (readonly [given: string, rule: string])[] = [
  ['', 'be an RFC 3339 date-time such as .*'],
  ['yesterday', 'be an RFC 3339 date-time such as .*'],
  ['2024-01-01', 'have a time of day, such as T15:04:05Z'],
  ['2024-02-30T00:00:00Z', 'have a day that exists: that month has 29 days'],
  ['2024-01-01T00:00:00', 'have an offset: Z or one such as \\+02:00'],
  ['0000-01-01T00:00:00Z', 'lie between year 0001 and 9999 in UTC'],
  ['2024-12-31T23:59:60Z', 'have seconds between 00 and 59 .*'],
  ['-infinity', 'be an RFC 3339 date-time such as .*'],
];

const streamCases: readonly BadInput[] = [
  ...INSTANTS.flatMap(([given, rule]) =>
    ['from', 'to'].map((name) =>
      ask(
        `stream events, ${name}=${given}`,
        `/api/v1/streams/Victim/Orders?${name}=${given}`,
        parameter(name, rule, escaped(given)),
      ),
    ),
  ),
  ...(
    [
      'Nobody/Nothing',
      "Victim'--/Orders",
      'Victim/Orders%00',
      '%00/x',
      `Victim/${'x'.repeat(5_000)}`,
      '../Orders',
      'victim/orders',
    ] as const
  ).map((names) =>
    ask(
      `stream events of ${names.slice(0, 30)}`,
      `/api/v1/streams/${names}`,
      names.startsWith('../')
        ? { status: 404, type: 'not-found', detail: /^no stream is registered as client "\.\.", event "Orders"$/ }
        : { status: 404, type: 'not-found', detail: /^no stream is registered as client ".*", event ".*"$/ },
    ),
  ),
  ask('stream events, from twice', '/api/v1/streams/Victim/Orders?from=x&from=y', twice('from')),
];

const filterCases: readonly BadInput[] = [
  ask(
    'dead letters, an unknown reason',
    '/api/v1/dead-letters?reason=boredom',
    parameter('reason', 'be one of .*', 'boredom'),
  ),
  ask(
    'dead letters, a reason of every object',
    '/api/v1/dead-letters?reason=constructor',
    parameter('reason', 'be one of .*', 'constructor'),
  ),
  ask('dead letters, two reasons', '/api/v1/dead-letters?reason=a&reason=b', twice('reason')),
  ask('dead letters, two streams', '/api/v1/dead-letters?stream=a&stream=b', twice('stream')),
  ask(
    'dead letters, a stream with NUL',
    '/api/v1/dead-letters?stream=a%00',
    parameter('stream', 'have no NUL in it', 'a\\\\u0000'),
  ),
  ask('dead letters, an escape that is none', '/api/v1/dead-letters?stream=%zz', undecodable('stream=%zz')),
  ask('dead letters, an escape of no UTF-8', '/api/v1/dead-letters?stream=%ff', undecodable('stream=%ff')),
  ask('activity events, a message with NUL', '/api/events?message=a%00b', {
    ...parameter('message', 'be text without NUL', 'a\\\\u0000b'),
    members: { message: new RegExp(`^${OLD_FAILURE}`) },
  }),
  ask('activity events, two messages', '/api/events?message=a&message=b', {
    ...twice('message'),
    members: { message: new RegExp(`^${OLD_FAILURE}`) },
  }),
  ask('activity events, an escape that is none', '/api/events?message=%', {
    ...undecodable('message=%'),
    members: { message: new RegExp(`^${OLD_FAILURE}`) },
  }),
  ask('activity events, two dates', '/api/events?from_date=01-01-2024&from_date=01-01-2024', {
    ...twice('from_date'),
    members: { message: new RegExp(`^${OLD_FAILURE}`) },
  }),
];

const commandCases: readonly BadInput[] = [
  ...WAITS.map(([given, got]) =>
    ask(
      `a command, wait=${given.slice(0, 20)}`,
      `/api/v1/commands/${ID}?wait=${given}`,
      parameter('wait', WAIT, got),
      'look-up',
    ),
  ),
  ask('a command, two waits', `/api/v1/commands/${ID}?wait=1s&wait=1s`, twice('wait'), 'look-up'),
  ask(
    'a command that is unknown',
    `/api/v1/commands/${ID}`,
    { status: 404, type: 'not-found', detail: new RegExp(`^no outcome of a command with the id ${ID} is known$`) },
    'look-up',
  ),
  ask(
    'a command that stays unknown',
    `/api/v1/commands/${ID}?wait=1ms`,
    {
      status: 404,
      type: 'not-found',
      detail: new RegExp(`^no outcome of a command with the id ${ID} was known within 1 ms$`),
    },
    'look-up',
  ),
  ask(
    'a timestamp that is unknown',
    `/api/v1/timestamp/${ID}`,
    { status: 404, type: 'not-found', detail: new RegExp(`^no timestamp command with the id ${ID} is stored$`) },
    'look-up',
  ),
  ask(
    'a dead letter that is unknown',
    `/api/v1/dead-letters/${ID}`,
    { status: 404, type: 'not-found', detail: new RegExp(`^no dead letter with the id ${ID} is kept$`) },
    'look-up',
  ),
];

const redrive = (name: string, body: unknown, pointer: string, rule: string): readonly BadInput[] =>
  ['redrive', 'discard'].map((action) => ({
    name: `${action} dead letters: ${name}`,
    to: 'ingest',
    door: 'dead letters',
    request: json(`POST /api/v1/dead-letters/${action}`, body),
    answer: {
      status: 400,
      type: 'invalid-body',
      detail: new RegExp(`^${pointer === '' ? 'the body' : pointer} ${rule}$`),
      members: { errors: [{ pointer, detail: new RegExp(`^${rule}$`) }] },
    },
  }));

const REASONS = 'must be one of [a-z, -]+, got ';
const AFTER = 'must be the next of an earlier answer, got ';
const deadLetterCases: readonly BadInput[] = [
  ...redrive('a list', [], '', 'must be an object with stream, reason or both, got an array of 0'),
  ...redrive('all of them', {}, '', 'must have a stream or a reason, got neither'),
  ...redrive(
    'another member',
    { stream: 'Victim.Orders', id: 1 },
    '',
    'must have no member but stream, reason and after, got "id"',
  ),
  ...redrive(
    'a stream that is a pattern',
    { stream: { like: '%' } },
    '/stream',
    'must be the name of a stream, got an object',
  ),
  ...redrive('an empty stream', { stream: '' }, '/stream', 'must be the name of a stream, got ""'),
  ...redrive('an unknown reason', { reason: 'boredom' }, '/reason', `${REASONS}"boredom"`),
  ...redrive('a reason of every object', { reason: 'toString' }, '/reason', `${REASONS}"toString"`),
  ...redrive('a reason that is null', { reason: null }, '/reason', `${REASONS}null`),
  ...redrive(
    'a page that is none',
    { stream: 'x', after: { created_at: 'infinity', id: ID } },
    '/after',
    `${AFTER}an object`,
  ),
  ...redrive('a page of another list', { stream: 'x', after: 'MjAyNA' }, '/after', `${AFTER}"MjAyNA"`),
  {
    name: 're-drive of what is not there',
    to: 'ingest',
    door: 'dead letters',
    request: request(`POST /api/v1/dead-letters/${ID}/redrive`),
    answer: { status: 404, type: 'not-found', detail: new RegExp(`^no dead letter with the id ${ID} is kept$`) },
  },
  {
    name: 'discard of what is not there',
    to: 'ingest',
    door: 'dead letters',
    request: request(`DELETE /api/v1/dead-letters/${ID}`),
    answer: { status: 404, type: 'not-found', detail: new RegExp(`^no dead letter with the id ${ID} is kept$`) },
  },
];

/** Questions that have no answer, and what is asked of dead letters. */
export const questionCases: readonly BadInput[] = [
  ...idCases,
  ...commandCases,
  ...pagingCases,
  ...dateCases,
  ...streamCases,
  ...filterCases,
  ...deadLetterCases,
];
