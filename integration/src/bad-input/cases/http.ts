import type { BadInput, Refusal } from '../bad-input.ts';
import { json, request, typed } from '../request.ts';
import { escaped } from './escaped.ts';

const EVENT = '/api/v1/streams/Mallory/Bag';
const NOW = 'POST /app';

interface Given {
  readonly to?: BadInput['to'];
  readonly door?: BadInput['door'];
}

const to = (
  name: string,
  bytes: Buffer,
  answer: Refusal,
  { to = 'ingest', door = 'timestamp' }: Given = {},
): BadInput => ({
  name,
  to,
  door,
  request: bytes,
  answer,
});

const undecodable: Refusal = {
  status: 400,
  type: 'malformed-request',
  detail: /^the path must be percent-encoded UTF-8, got "\//,
};
const noRoute = (path: string): Refusal => ({
  status: 404,
  type: 'not-found',
  detail: new RegExp(`^no route has the path "${escaped(path)}`),
});
const noStream = (names: RegExp): Refusal => ({ status: 404, type: 'not-found', detail: names });
const noMethod = (allow: string, method: string): Refusal => ({
  status: 405,
  type: 'method-not-allowed',
  detail: new RegExp(`^the method for "/.*" must be one of .*${allow}.*, OPTIONS, got ${method}$`),
});
/** What the parser cannot read as a request. */
const noHttp: Refusal = {
  status: 400,
  type: 'malformed-request',
  detail: /^the request must be HTTP\/1\.1 \(RFC 9112\)$/,
  ends: true,
};
const tooMuchHead: Refusal = {
  status: 431,
  type: 'headers-too-large',
  detail: /^the request line and headers are larger than this server takes$/,
  ends: true,
};

/** Paths that mean another place, or none. */
const paths: readonly BadInput[] = [
  to('an escape that is none', request('POST /api/v1/timestamp/%zz'), undecodable),
  to('half an escape', request('POST /api/v1/timestamp/2024%'), undecodable),
  to('an escape of no UTF-8', request('POST /api/v1/timestamp/%ff'), undecodable),
  to('an overlong slash', request('POST /api/v1/streams/..%c0%af..%c0%afetc/x'), undecodable),
  to('an escaped surrogate', request('POST /api/v1/streams/%ed%a0%80/x'), undecodable),
  to('an escape that is none, of a list', request('GET /api/v1/streams/%zz/x'), undecodable, {
    to: 'query',
    door: 'list',
  }),
  to(
    'two dots',
    json('POST /api/v1/streams/Mallory/../Victim/Orders', {}),
    noRoute('/api/v1/streams/Mallory/../Victim/Orders'),
  ),
  to(
    'two dots, escaped',
    json('POST /api/v1/streams/%2e%2e/Orders', {}),
    noStream(/^no stream is registered as client "\.\.", event "Orders"$/),
  ),
  to(
    'two dots and slashes, escaped',
    json('POST /api/v1/streams/..%2FVictim/Orders', {}),
    noStream(/^no stream is registered as client "\.\.\/Victim", event "Orders"$/),
  ),
  to(
    'a client and an event in one',
    json('POST /api/v1/streams/Mallory/x%2F..%2FVictim%2FOrders', {}),
    noStream(/^no stream is registered as client "Mallory", event "x\/\.\.\/Victim\/Orders"$/),
  ),
  to(
    'a dot that would make another topic',
    json('POST /api/v1/streams/Victim.Orders/x', {}),
    noStream(/^no stream is registered as client "Victim\.Orders", event "x"$/),
  ),
  to(
    'a topic of the services',
    json('POST /api/v1/streams/sluice.control/v1', {}),
    noStream(/^no stream is registered as client "sluice\.control", event "v1"$/),
  ),
  to(
    'a NUL behind a name',
    json('POST /api/v1/streams/Victim/Orders%00', {}),
    noStream(/^no stream is registered as client "Victim", event "Orders\\u0000"$/),
  ),
  to(
    'a line end behind a name',
    json('POST /api/v1/streams/Victim/Orders%0A', {}),
    noStream(/^no stream is registered as client "Victim", event "Orders\\u000a"$/),
  ),
  to(
    'a space behind a name',
    json('POST /api/v1/streams/Victim/Orders%20', {}),
    noStream(/^no stream is registered as client "Victim", event "Orders "$/),
  ),
  to(
    'another case',
    json('POST /api/v1/streams/victim/orders', {}),
    noStream(/^no stream is registered as client "victim", event "orders"$/),
  ),
  to(
    'a look-alike',
    json('POST /api/v1/streams/Vi%D1%81tim/Orders', {}),
    noStream(/^no stream is registered as client "Viсtim", event "Orders"$/),
  ),
  to(
    'a member of every object',
    json('POST /api/v1/streams/__proto__/constructor', {}),
    noStream(/^no stream is registered as client "__proto__", event "constructor"$/),
  ),
  to(
    'SQL',
    json("POST /api/v1/streams/Victim'%20or%20'1'='1/Orders", {}),
    noStream(/^no stream is registered as client "Victim' or '1'='1", event "Orders"$/),
  ),
  to('a slash too many before', request('POST //app'), noRoute('//app')),
  to('a slash too many within', json('POST /api/v1/streams//Bag', {}), noRoute('/api/v1/streams//Bag')),
  to('a slash too many at the end', json(`POST ${EVENT}/`, {}), noRoute(`${EVENT}/`)),
  to('a backslash for a slash', json('POST /api\\v1\\streams\\Victim\\Orders', {}), noRoute('/api\\\\v1\\\\streams')),
  to('a segment too many', json(`POST ${EVENT}/x`, {}), noRoute(`${EVENT}/x`)),
  to('a segment too few', json('POST /api/v1/streams/Mallory', {}), noRoute('/api/v1/streams/Mallory')),
  to('upper case', request('POST /API/v1/timestamp'), noRoute('/API/v1/timestamp')),
  to('a matrix parameter', request('POST /app;x=1'), noRoute('/app;x=1')),
  to('a path of 10,000 characters', request(`POST /${'x'.repeat(10_000)}`), noRoute(`/${'x'.repeat(79)}…`)),
  to('a path of 20,000 characters', request(`POST /${'x'.repeat(20_000)}`), tooMuchHead),
  to('a target that is no path', request('GET *'), {
    status: 400,
    type: 'malformed-request',
    detail: /^the request target must be a path, got "\*"$/,
  }),
  to('a target with another scheme', request('GET file:///etc/passwd'), {
    status: 400,
    type: 'malformed-request',
    detail: /^the request target must be a path, got "file:\/\/\/etc\/passwd"$/,
  }),
  to('an absolute target with a bad timestamp', request('POST http://elsewhere/api/v1/timestamp/now'), {
    status: 400,
    type: 'invalid-timestamp',
    detail: /^timestamp must be an RFC 3339 date-time .*, got "now"$/,
  }),
];

const methods: readonly BadInput[] = [
  to('GET of what only takes', request(`GET ${EVENT}`), noMethod('POST', 'GET')),
  to('DELETE of a stream', request('DELETE /api/v1/streams/Victim/Orders'), noMethod('POST', 'DELETE')),
  to('PATCH of a stream', request('PATCH /api/v1/streams/Victim/Orders'), noMethod('POST', 'PATCH')),
  to('PUT of an event', request('PUT /api/events'), noMethod('POST', 'PUT')),
  to('GET of a registration', request('GET /Mallory/Bag/register_event'), noMethod('POST', 'GET')),
  to('POST of a schema', request('POST /Mallory/Bag/schema'), noMethod('GET', 'POST')),
  to('TRACE', request('TRACE /app'), noMethod('POST', 'TRACE')),
  to('PROPFIND', request('PROPFIND /app'), noMethod('POST', 'PROPFIND')),
  to('POST of a list', request('POST /api/v1/dead-letters'), noMethod('GET', 'POST'), { to: 'query', door: 'list' }),
  to(
    'DELETE of a dead letter where they are read',
    request('DELETE /api/v1/dead-letters/00000000-0000-4000-8000-000000000000'),
    noMethod('GET', 'DELETE'),
    { to: 'query', door: 'list' },
  ),
  to('POST of a list of events', json('POST /api/events', {}), noMethod('GET', 'POST'), { to: 'query', door: 'list' }),
  to('CONNECT', request('CONNECT elsewhere:443'), {
    status: 405,
    type: 'method-not-allowed',
    detail: /^this is no proxy$/,
    ends: true,
  }),
  to('a method in lower case', request('post /app'), noHttp),
  to('a method that nobody knows', request('BREW /app'), noHttp),
  {
    ...to('HEAD of what only takes', request('HEAD /app'), noMethod('POST', 'HEAD')),
    answer: { ...noMethod('POST', 'HEAD'), isBare: true },
  },
];

const correlation = (got: string): Refusal => ({
  status: 400,
  type: 'invalid-correlation-id',
  detail: new RegExp(`^header correlationId must be a UUID, got "${got}"$`),
  members: { Error: 'correlationId header: must be a valid UUID' },
});
const idempotency = (rule: string): Refusal => ({
  status: 400,
  type: 'invalid-idempotency-key',
  detail: new RegExp(`^header Idempotency-Key must ${rule}$`),
});
const printableKey = (got: string): Refusal => idempotency(`be 1 to 255 printable ASCII characters, got "${got}"`);
const UUIDS = ['00000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-000000000001'] as const;

const headers: readonly BadInput[] = [
  to('an empty correlation id', request(NOW, { headers: ['correlationId: '] }), correlation('')),
  to('a short correlation id', request(NOW, { headers: ['correlationId: 1234'] }), correlation('1234')),
  to(
    'a correlation id of 10,000 characters',
    request(NOW, { headers: [`correlationId: ${'a'.repeat(10_000)}`] }),
    correlation(`${'a'.repeat(80)}…`),
  ),
  to(
    'a correlation id with a tab',
    request(NOW, { headers: [`correlationId: ${UUIDS[0]}\tx`] }),
    correlation(`${UUIDS[0]}\\\\u0009x`),
  ),
  to('a correlation id of other letters', request(NOW, { headers: ['correlationId: \xe9'] }), correlation('é')),
  to(
    'a correlation id in braces',
    request(NOW, { headers: [`correlationId: {${UUIDS[0]}}`] }),
    correlation(`\\{${UUIDS[0]}\\}`),
  ),
  to(
    'two correlation ids',
    request(NOW, { headers: UUIDS.map((id) => `correlationId: ${id}`) }),
    correlation(UUIDS.join(', ')),
  ),
  to(
    'a bad correlation id of a question',
    request('GET /api/v1/dead-letters', { headers: ['correlationId: x'] }),
    correlation('x'),
    { to: 'query', door: 'list' },
  ),
  to('an empty key', request(NOW, { headers: ['Idempotency-Key: '] }), printableKey('')),
  to(
    'a key of 256 characters',
    request(NOW, { headers: [`Idempotency-Key: ${'k'.repeat(256)}`] }),
    printableKey(`${'k'.repeat(80)}…`),
  ),
  to('a key of other letters', request(NOW, { headers: ['Idempotency-Key: cl\xe9'] }), printableKey('clé')),
  to('a key with a tab', request(NOW, { headers: ['Idempotency-Key: a\tb'] }), printableKey('a\\\\u0009b')),
  to(
    'two keys',
    request(NOW, { headers: ['Idempotency-Key: a', 'idempotency-key: b'] }),
    idempotency('be there once, got several'),
  ),
  to('a bad key of an event', json(`POST ${EVENT}`, {}, ['Idempotency-Key: ']), printableKey(''), {
    door: 'stream event',
  }),
  to(
    'a bad key of lines',
    typed(`POST ${EVENT}`, 'application/x-ndjson', '{}', ['Idempotency-Key: ']),
    printableKey(''),
    { door: 'stream lines' },
  ),
  to(
    'a bad key of activities',
    json('POST /api/activities', { activities: [] }, ['Idempotency-Key: ']),
    { ...printableKey(''), members: { payload: null, message: 'Invalid Schema' }, repeatedAs: ['error'] },
    { door: 'activities' },
  ),
  to(
    'a bad key of an activity event',
    json('POST /api/events', {}, ['Idempotency-Key: ']),
    { ...printableKey(''), repeatedAs: ['message'] },
    { door: 'activity event' },
  ),
  to(
    'a bad key of a form',
    typed('POST /Mallory/Bag/send_event', 'application/x-www-form-urlencoded', 'event={"n":1}', ['Idempotency-Key: ']),
    { ...printableKey(''), members: { code: 'FAILED', msg: 'failed to send event' } },
    { door: 'event form' },
  ),
  to(
    'an expectation that nobody knows',
    json(`POST ${EVENT}`, {}, ['Expect: the-unexpected']),
    { status: 417, type: 'expectation-failed', detail: /^header Expect must be 100-continue$/ },
    { door: 'stream event' },
  ),
  to('a control character in a header', request(NOW, { headers: ['X-Any: a\x01b'] }), noHttp),
  to('NUL in a header', request(NOW, { headers: ['correlationId: a\0b'] }), noHttp),
  to('a header over two lines', request(NOW, { headers: ['X-Any: a', ' b'] }), noHttp),
  to('a header without a colon', request(NOW, { headers: ['X-Any'] }), noHttp),
  to('a space before the colon', request(NOW, { headers: ['Content-Length : 3'] }), noHttp),
  to('two lengths', request(NOW, { headers: ['Content-Length: 3'] }), noHttp),
  to('a length and chunks', request(NOW, { headers: ['Transfer-Encoding: chunked'] }), noHttp),
  to('a length that is no number', Buffer.from(`${NOW} HTTP/1.1\r\nHost: x\r\nContent-Length: 0x3\r\n\r\n`), noHttp),
  to('a negative length', Buffer.from(`${NOW} HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\n`), noHttp),
  to(
    'a length beyond all numbers',
    Buffer.from(`${NOW} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n`),
    noHttp,
  ),
  to(
    'a chunk of no size',
    Buffer.from(`${NOW} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`),
    noHttp,
  ),
  to('headers of 20,000 characters', request(NOW, { headers: [`X-Any: ${'x'.repeat(20_000)}`] }), tooMuchHead),
  to('no host', Buffer.from(`${NOW} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`), {
    status: 400,
    type: 'malformed-request',
    detail: /^header Host must be there \(RFC 9112, section 3\.2\)$/,
  }),
  to('two hosts', request(NOW, { headers: ['Host: elsewhere'] }), {
    status: 400,
    type: 'malformed-request',
    detail: /^header Host must be there once .*, got several$/,
  }),
  to('another protocol', Buffer.from('EHLO sluice\r\n\r\n'), noHttp),
  to('a space in the path', request('POST /api/v1/timestamp/2024-01-01 00:00:00Z'), noHttp),
];

/** What HTTP itself makes possible, at any address. */
export const httpCases: readonly BadInput[] = [...paths, ...methods, ...headers];
