import type { BadInput, Refusal } from '../bad-input.ts';
import { form, request, typed } from '../request.ts';

const SEND = 'POST /Mallory/Bag/send_event';
const REGISTER = 'POST /Mallory/New/register_event';
const URLENCODED = 'application/x-www-form-urlencoded';

const case_ = (name: string, bytes: Buffer, answer: Refusal): BadInput => ({
  name: `a form: ${name}`,
  to: 'ingest',
  door: 'event form',
  request: bytes,
  answer,
});

const failed = (msg: string, type: string, detail: RegExp, status = 400): Refusal => ({
  status,
  type,
  detail,
  members: { code: 'FAILED', msg },
});

const NO_KEY = "'event' key not in data";
const NO_SCHEMA_KEY = "'event_schema' key not in data";
const malformed = (detail: RegExp): Refusal => failed(NO_KEY, 'malformed-form', detail);
const missing = (detail: RegExp): Refusal => failed(NO_KEY, 'invalid-body', detail);
const falsy = (got: string): Refusal =>
  failed(
    "'event' is not a valid json",
    'malformed-json',
    new RegExp(`^'event' must be JSON with something in it, got ${got}$`),
  );

const part = (name: string, value: string): string =>
  `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const multipart = (body: string | Buffer, type = 'multipart/form-data; boundary=B'): Buffer => typed(SEND, type, body);

const many = (count: number): string => Array.from({ length: count }, (_, at) => `f${at}=1`).join('&');

/** Forms that are broken, and forms that say nothing. */
export const formCases: readonly BadInput[] = [
  case_('nothing', typed(SEND, URLENCODED, ''), missing(/^field event must be there, got nothing$/)),
  case_('another field', form(SEND, { events: '{"n":1}' }), missing(/^field event must be there, got nothing$/)),
  case_('an empty field', form(SEND, { event: '' }), missing(/^field event must be there, got ""$/)),
  case_('no value', typed(SEND, URLENCODED, 'event'), missing(/^field event must be there, got ""$/)),
  case_(
    'a field twice',
    typed(SEND, URLENCODED, 'event=1&event=2'),
    malformed(/^the form must have each field once, got "event" again$/),
  ),
  case_(
    'another field twice',
    typed(SEND, URLENCODED, 'event=1&x=1&%78=2'),
    malformed(/^the form must have each field once, got "x" again$/),
  ),
  case_(
    'an escape that is none',
    typed(SEND, URLENCODED, 'event=%zz'),
    malformed(/^the form must be percent-encoded UTF-8$/),
  ),
  case_(
    'an escape of no UTF-8',
    typed(SEND, URLENCODED, 'event=%22%ff%22'),
    malformed(/^the form must be percent-encoded UTF-8$/),
  ),
  case_(
    'bytes of no UTF-8',
    typed(SEND, URLENCODED, Buffer.from('event="\xff"', 'latin1')),
    malformed(/^the form must be percent-encoded UTF-8$/),
  ),
  case_(
    'another charset',
    typed(SEND, `${URLENCODED}; charset=utf-16`, 'event=1'),
    missing(/^the charset of the body must be utf-8, got "utf-16"$/),
  ),
  case_(
    '10,000 fields',
    typed(SEND, URLENCODED, many(10_000)),
    failed(NO_KEY, 'too-large', /^the form must have at most 1000 fields, but it has more$/, 413),
  ),
  case_(
    '100,000 empty fields',
    typed(SEND, URLENCODED, '&'.repeat(100_000)),
    failed(NO_KEY, 'too-large', /^the form must have at most 1000 fields, but it has more$/, 413),
  ),
  case_('an empty object', form(SEND, { event: '{}' }), falsy('an object')),
  case_('an empty array', form(SEND, { event: '[]' }), falsy('an array of 0')),
  case_('zero', form(SEND, { event: '0' }), falsy('0')),
  case_('false', form(SEND, { event: 'false' }), falsy('false')),
  case_('null', form(SEND, { event: 'null' }), falsy('null')),
  case_('an empty text', form(SEND, { event: '""' }), falsy('""')),
  case_(
    'what breaks the schema',
    form('POST /Mallory/Strict/send_event', { event: '{"n":11}' }),
    failed('failed to send event', 'invalid-body', /^\/event\/n must be at most 10 \(maximum\), got 11$/),
  ),
  case_(
    'an event that is not registered',
    form('POST /Mallory/Nothing/send_event', { event: '1' }),
    failed('failed to send event', 'not-registered', /^event "Nothing" of client "Mallory" must be registered$/),
  ),
  case_(
    'SQL for a name',
    form("POST /Mallory'--/Bag/send_event", { event: '1' }),
    failed('failed to send event', 'not-registered', /^client must be 1 to 63 letters, .*, got "Mallory'--"$/),
  ),

  case_(
    'multipart, no boundary',
    multipart(part('event', '1'), 'multipart/form-data'),
    malformed(/^the form must have a boundary of 1 to 70 ASCII characters/),
  ),
  case_(
    'multipart, an empty boundary',
    multipart(part('event', '1'), 'multipart/form-data; boundary=""'),
    malformed(/^the form must have a boundary of 1 to 70 ASCII characters/),
  ),
  case_(
    'multipart, a boundary too long',
    multipart(part('event', '1'), `multipart/form-data; boundary=${'B'.repeat(71)}`),
    malformed(/^the form must have a boundary of 1 to 70 ASCII characters/),
  ),
  case_(
    'multipart, another boundary',
    multipart(`${part('event', '1')}--B--\r\n`, 'multipart/form-data; boundary=C'),
    malformed(/^the form must be whole, with the boundary that its header says$/),
  ),
  case_(
    'multipart, without its end',
    multipart(part('event', '1')),
    malformed(/^the form must be whole, with the boundary that its header says$/),
  ),
  case_(
    'multipart, empty',
    multipart(''),
    malformed(/^the form must be whole, with the boundary that its header says$/),
  ),
  case_(
    'multipart, a part without a name',
    multipart('--B\r\nContent-Disposition: form-data\r\n\r\n1\r\n--B--\r\n'),
    malformed(/^the form must have (a name for each part|parts that say in Content-Disposition what they are)$/),
  ),
  case_(
    'multipart, a part without headers',
    multipart('--B\r\n\r\n1\r\n--B--\r\n'),
    malformed(/^the form must have parts that say in Content-Disposition what they are$/),
  ),
  case_(
    'multipart, a field twice',
    multipart(`${part('event', '1')}${part('event', '2')}--B--\r\n`),
    malformed(/^the form must have each field once, got "event" again$/),
  ),
  case_(
    'multipart, bytes of no UTF-8',
    multipart(Buffer.from(`${part('event', '"\xff"')}--B--\r\n`, 'latin1')),
    malformed(/^the form must be UTF-8, but field "event" is not$/),
  ),
  case_(
    'multipart, a name of no UTF-8',
    multipart(Buffer.from(`${part('ev\xff', '1')}--B--\r\n`, 'latin1')),
    malformed(/^the form must have UTF-8 names, got "/),
  ),
  case_(
    'multipart, a file for a field',
    multipart('--B\r\nContent-Disposition: form-data; name="event"; filename="x"\r\n\r\n1\r\n--B--\r\n'),
    missing(/^field event must be there, got nothing$/),
  ),
  case_(
    'multipart, 1,001 parts',
    multipart(`${Array.from({ length: 1_001 }, (_, at) => part(`f${at}`, '1')).join('')}--B--\r\n`),
    failed(NO_KEY, 'too-large', /^the form must have at most 1000 fields, but it has more$/, 413),
  ),
  case_(
    'multipart, headers of 100 KB',
    multipart(`--B\r\nContent-Disposition: form-data; name="${'x'.repeat(100_000)}"\r\n\r\n1\r\n--B--\r\n`),
    missing(/^field event must be there, got nothing$/),
  ),
  case_(
    'multipart, another kind of it',
    multipart(part('event', '1'), 'multipart/mixed; boundary=B'),
    missing(
      /^header Content-Type must be application\/x-www-form-urlencoded or multipart\/form-data, got "multipart\/mixed; boundary=B"$/,
    ),
  ),

  case_(
    'no schema',
    form(REGISTER, { schema: '{}' }),
    failed(NO_SCHEMA_KEY, 'invalid-body', /^field event_schema must be there, got nothing$/),
  ),
  case_(
    'an empty schema',
    form(REGISTER, { event_schema: '{}' }),
    failed(
      "'event_schema' is not a valid json",
      'malformed-json',
      /^'event_schema' must be JSON with something in it, got an object$/,
    ),
  ),
  case_(
    'a schema that is none',
    form(REGISTER, { event_schema: '{"type":"fruit"}' }),
    failed(
      'failed to register event',
      'invalid-schema',
      /^\/event_schema\/type: must be equal to one of the allowed values .*\(draft-07\), got "fruit"/,
    ),
  ),
  case_(
    'a schema from elsewhere',
    form(REGISTER, { event_schema: '{"$ref":"http://127.0.0.1:1/schema"}' }),
    failed(
      'failed to register event',
      'invalid-schema',
      /^\/event_schema\/\$ref: \$ref must be a JSON pointer into this schema, .*, got "http:\/\/127\.0\.0\.1:1\/schema"$/,
    ),
  ),
  case_(
    'a schema of 32 levels',
    form(REGISTER, { event_schema: `${'{"not":'.repeat(31)}{}${'}'.repeat(31)}` }),
    failed(
      'failed to register event',
      'invalid-schema',
      /^\/event_schema: a schema must not be nested deeper than 31 levels$/,
    ),
  ),
  case_(
    'a schema with an apostrophe in a bad place',
    form(REGISTER, { event_schema: '{"pattern":"(\'"}' }),
    failed(
      'failed to register event',
      'invalid-schema',
      /^\/event_schema\/pattern: a pattern must be a regular expression \(ECMA-262\): .*got "\('"$/,
    ),
  ),
  case_(
    'a schema of what is registered',
    form('POST /Mallory/Bag/register_event', { event_schema: '{"type":"object"}' }),
    failed(
      'failed to register event',
      'already-registered',
      /^event "Bag" of client "Mallory" must not be registered yet/,
    ),
  ),
  case_(
    "a schema for another's name",
    form('POST /Victim/Orders/register_event', { event_schema: 'true' }),
    failed(
      'failed to register event',
      'already-registered',
      /^event "Orders" of client "Victim" must not be registered yet/,
    ),
  ),
  case_(
    'the schema of an event that is not registered',
    request('GET /Mallory/Nothing/schema'),
    failed('event not registered', 'not-registered', /^event "Nothing" of client "Mallory" must be registered$/),
  ),
  case_(
    'the schema of a name that is none',
    request('GET /Mallory/a%27b/schema'),
    failed('event not registered', 'not-registered', /^event must be 1 to 63 letters, .*, got "a'b"$/),
  ),

  case_(
    "the old gateway's JSON, not an object",
    typed(SEND, 'application/json', '[1]'),
    failed(NO_KEY, 'invalid-body', /^the body must be an object with a member event, got an array of 1$/),
  ),
  case_(
    "the old gateway's JSON, another member",
    typed(SEND, 'application/json', '{"constructor":1}'),
    failed(NO_KEY, 'invalid-body', /^\/event must be there, got nothing$/),
  ),
  case_(
    "the old gateway's JSON, text that is none",
    typed(SEND, 'application/json', '{"event":"{n:1}"}'),
    failed(
      "'event' is not a valid json",
      'malformed-json',
      /^'event' must be JSON \(RFC 8259\), got "n" at character 2 of/,
    ),
  ),
];
