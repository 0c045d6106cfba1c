import { type BadInput, FirstOf, type Refusal } from '../bad-input.ts';
import { json, typed } from '../request.ts';

const BAG = 'POST /api/v1/streams/Mallory/Bag';
const STRICT = 'POST /api/v1/streams/Mallory/Strict';

const case_ = (name: string, request: Buffer, answer: Refusal, door: BadInput['door'] = 'stream event'): BadInput => ({
  name: `a stream event: ${name}`,
  to: 'ingest',
  door,
  request,
  answer,
});

/** Of the stream `Mallory.Strict`; the schema is in the setup. */
const breaks = (name: string, body: unknown, pointer: string, must: string): BadInput =>
  case_(name, json(STRICT, body), {
    status: 400,
    type: 'invalid-body',
    detail: new RegExp(`^${pointer === '' ? 'the body' : pointer} ${must}`),
    members: { errors: new FirstOf({ pointer, detail: new RegExp(`^${must}$`) }) },
  });

const EVENT = { specversion: '1.0', id: '1', source: '/x', type: 't', data: { n: 1 } };
const STRUCTURED = 'application/cloudevents+json';

const structured = (name: string, event: unknown, pointer: string, must: string): BadInput =>
  case_(`CloudEvent, ${name}`, typed(BAG, STRUCTURED, JSON.stringify(event)), {
    status: 400,
    type: 'invalid-body',
    detail: new RegExp(`^the CloudEvent${pointer === '' ? '' : `'s ${pointer}`} ${must}$`),
    members: { errors: [{ pointer, detail: new RegExp(`^${must}$`) }] },
  });

const HEADERS = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/x', 'ce-type': 't' } as const;

const binary = (name: string, over: Readonly<Record<string, string | undefined>>, detail: RegExp): BadInput => {
  const headers = Object.entries({ ...HEADERS, ...over }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}: ${value}`],
  );
  return case_(`binary CloudEvent, ${name}`, json(BAG, { n: 1 }, headers), {
    status: 400,
    type: 'invalid-body',
    detail,
  });
};
const twice = (name: keyof typeof HEADERS): BadInput =>
  case_(
    `binary CloudEvent, ${name} twice`,
    json(BAG, { n: 1 }, [
      ...Object.entries(HEADERS).map(([key, value]) => `${key}: ${value}`),
      `${name}: ${HEADERS[name]}`,
    ]),
    {
      status: 400,
      type: 'malformed-request',
      detail: new RegExp(`^header ${name} must be there once, got several$`),
    },
  );

const BATCH = 'application/cloudevents-batch+json';
const NDJSON = 'application/x-ndjson';
const text = 'must be a text that is not empty';

/** Events that a registered stream must not take. */
export const streamEventCases: readonly BadInput[] = [
  breaks('not an object', [1], '', 'must be of type object, got an array of 1'),
  breaks('nothing of what is required', {}, '', 'must have the property "n" \\(required\\).*|.*required.*'),
  breaks('too great a number', { n: 11 }, '/n', 'must be at most 10 \\(maximum\\), got 11'),
  breaks('a text for a number', { n: '1' }, '/n', '.*type.*, got "1"'),
  breaks(
    'a text too long',
    { n: 1, s: 'x'.repeat(100_000) },
    '/s',
    `must have at most 5 characters \\(maxLength\\), got "x{80}…" of 100000`,
  ),
  breaks('a property too many', { n: 1, constructor: 1 }, '/constructor', '.*'),
  breaks(
    'a text for a catastrophic pattern',
    { n: 1, slow: `${'a'.repeat(50_000)}!` },
    '/slow',
    'must match the pattern "\\^\\(a\\+\\)\\+\\$", got "a{80}…"',
  ),
  breaks(
    'a text for another',
    { n: 1, slower: `${'0'.repeat(50_000)}x` },
    '/slower',
    'must match the pattern ".*", got "0{80}…"',
  ),
  breaks(
    '12,000 items, two of them equal',
    { n: 1, unique: [...Array.from({ length: 12_000 }, (_, at) => ({ at })), { at: 5 }] },
    '/unique',
    '.*uniqueItems.*',
  ),
  case_('of another client’s stream that is not there', json('POST /api/v1/streams/Victim/Secrets', {}), {
    status: 404,
    type: 'not-found',
    detail: /^no stream is registered as client "Victim", event "Secrets"$/,
  }),
  case_('of a stream of the services', json('POST /api/v1/streams/timestamp/command', {}), {
    status: 404,
    type: 'not-found',
    detail: /^no stream is registered as client "timestamp", event "command"$/,
  }),

  structured('a number', 7, '', 'must be an object, got 7'),
  structured('a list', [EVENT], '', 'must be an object, got an array of 1'),
  structured('no id', { ...EVENT, id: undefined }, '/id', `${text}, got nothing`),
  structured('an empty id', { ...EVENT, id: '' }, '/id', `${text}, got ""`),
  structured('an id that is a number', { ...EVENT, id: 7 }, '/id', `${text}, got 7`),
  structured('no source', { ...EVENT, source: undefined }, '/source', `${text}, got nothing`),
  structured('a source that is null', { ...EVENT, source: null }, '/source', `${text}, got null`),
  structured('no type', { ...EVENT, type: undefined }, '/type', `${text}, got nothing`),
  structured('no version', { ...EVENT, specversion: undefined }, '/specversion', `${text}, got nothing`),
  structured('another version', { ...EVENT, specversion: '0.3' }, '/specversion', 'must be "1\\.0", got "0\\.3"'),
  structured(
    'a time that is none',
    { ...EVENT, time: '2024-02-30T00:00:00Z' },
    '/time',
    'must have a day that exists: that month has 29 days, got "2024-02-30T00:00:00Z"',
  ),
  structured('a time that is a number', { ...EVENT, time: 0 }, '/time', 'must be a text, got 0'),
  structured('no data', { ...EVENT, data: undefined }, '/data', 'must be there, got nothing'),
  structured('binary data', { ...EVENT, data_base64: 'AA==' }, '/data_base64', 'must not be there: data must be JSON'),
  structured(
    'data of another type',
    { ...EVENT, datacontenttype: 'text/xml' },
    '/datacontenttype',
    'must be application/json, got "text/xml"',
  ),
  case_(
    'CloudEvent, data that breaks the schema',
    typed(STRICT, STRUCTURED, JSON.stringify({ ...EVENT, data: { n: 11 } })),
    { status: 400, type: 'invalid-body', detail: /^\/data\/n must be at most 10 \(maximum\), got 11$/ },
  ),
  binary('no id', { 'ce-id': undefined }, /^header ce-id must be a text that is not empty, got nothing$/),
  binary('no source', { 'ce-source': undefined }, /^header ce-source must be a text that is not empty, got nothing$/),
  binary('no type', { 'ce-type': undefined }, /^header ce-type must be a text that is not empty, got nothing$/),
  binary(
    'no version',
    { 'ce-specversion': undefined },
    /^header ce-specversion must be a text that is not empty, got nothing$/,
  ),
  binary('another version', { 'ce-specversion': '2' }, /^header ce-specversion must be "1\.0", got "2"$/),
  binary(
    'an escape that is none',
    { 'ce-source': '/%zz' },
    /^header ce-source must be percent-encoded UTF-8, got "\/%zz"$/,
  ),
  binary(
    'a time that is none',
    { 'ce-time': 'yesterday' },
    /^header ce-time must be an RFC 3339 date-time .*, got "yesterday"$/,
  ),
  twice('ce-id'),
  twice('ce-source'),

  case_(
    'batch, not an array',
    typed(BAG, BATCH, JSON.stringify(EVENT)),
    { status: 400, type: 'invalid-body', detail: /^the body must be an array of CloudEvents, got an object$/ },
    'stream lines',
  ),
  case_(
    'batch of 10,001',
    typed(BAG, BATCH, JSON.stringify(Array(10_001).fill(0))),
    { status: 413, type: 'too-large', detail: /^a batch must have at most 10000 CloudEvents, got 10001$/ },
    'stream lines',
  ),
  case_(
    'no lines',
    typed(BAG, NDJSON, ''),
    { status: 400, type: 'invalid-body', detail: /^the body must have a line for each event, got none$/ },
    'stream lines',
  ),
  case_(
    '10,001 lines',
    typed(BAG, NDJSON, '{}\n'.repeat(10_001)),
    { status: 413, type: 'too-large', detail: /^a batch must have at most 10000 lines, got more$/ },
    'stream lines',
  ),
  case_(
    '8 MiB of empty lines',
    typed(BAG, NDJSON, '\n'.repeat(8 * 2 ** 20)),
    { status: 413, type: 'too-large', detail: /^a batch must have at most 10000 lines, got more$/ },
    'stream lines',
  ),
  case_(
    'lines in another charset',
    typed(BAG, `${NDJSON}; charset=utf-16`, '{}'),
    { status: 415, type: 'unsupported-media-type', detail: /^the charset of the body must be utf-8, got "utf-16"$/ },
    'stream lines',
  ),
  case_(
    'CloudEvents in another charset',
    typed(BAG, `${BATCH}; charset=utf-16`, '[]'),
    { status: 415, type: 'unsupported-media-type', detail: /^the charset of the body must be utf-8, got "utf-16"$/ },
    'stream lines',
  ),
];
