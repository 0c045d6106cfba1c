import { escaped } from './escaped.ts';

/** A text that is no strict JSON, with what must be said of it. */
export interface JsonFault {
  readonly name: string;
  readonly text: string | Buffer;
  /** Of the value at fault. */
  readonly pointer: string;
  /** Completes "must …", with the value received. */
  readonly must: RegExp;
}

const fault = (name: string, text: string | Buffer, must: RegExp, pointer = ''): JsonFault => ({
  name,
  text,
  pointer,
  must,
});

/** A member's value that is no JSON: `got` is the character that does not belong there. */
const notJson = (name: string, value: string, got: string): JsonFault =>
  fault(
    name,
    `{"n":${value}}`,
    new RegExp(`^be JSON \\(RFC 8259\\), got ${got} at character \\d+ of "\\{\\\\"n\\\\":`),
  );

const lossy = (name: string, value: string, becomes: string): JsonFault =>
  fault(
    name,
    `{"n":${value}}`,
    literal(`be a number that a double keeps, got ${value}, which would become ${becomes}`),
    '/n',
  );

const literal = (text: string): RegExp => new RegExp(`^${escaped(text)}$`);
const nested = (depth: number, open: string, close: string, inside = ''): string =>
  open.repeat(depth) + inside + close.repeat(depth);

const LONE = /^not hold a lone surrogate, got "(x?)\\u(d800|dc00)/;
const NOT_UTF8 = /^be valid UTF-8, got "/;

/** One of each rule that JSON has here, which every way in must keep. */
export const CORE_FAULTS: readonly JsonFault[] = [
  fault('a truncated object', '{"n":1', /^be JSON \(RFC 8259\), got its end at character 7 of "\{\\"n\\":1"$/),
  fault('a trailing comma', '{"n":1,}', /^be JSON \(RFC 8259\), got "\}" at character 8 of/),
  fault('a second value', '{"n":1} {"n":2}', /^be JSON \(RFC 8259\), got "\{" at character 9 of/),
  notJson('NaN', 'NaN', '"N"'),
  fault('a key twice', '{"n":1,"m":2,"n":3}', literal('have each key once, got "n" again')),
  fault('a key twice, once escaped', '{"n":1,"\\u006e":3}', literal('have each key once, got "n" again')),
  fault('__proto__', '{"n":{"__proto__":{"isAdmin":true}}}', literal('not have a key "__proto__"'), '/n'),
  fault('__proto__, escaped', '{"\\u005f\\u005fproto__":{}}', literal('not have a key "__proto__"')),
  fault('33 levels', nested(33, '[', ']'), literal('not be nested deeper than 32 levels'), '/0'.repeat(32)),
  fault(
    '10,000 levels',
    nested(10_000, '{"n":', '}', '1'),
    literal('not be nested deeper than 32 levels'),
    '/n'.repeat(32),
  ),
  lossy('a whole number beyond 2^53', '9007199254740993', '9007199254740992'),
  lossy('a number beyond all doubles', '1e400', 'Infinity'),
  lossy('digits that no double has', '0.1000000000000000055511151231257827', '0.1'),
  fault('NUL', '{"n":"a\\u0000b"}', literal('not hold a NUL character, got "a\\u0000b"'), '/n'),
  fault('a lone surrogate', '{"n":"\\ud800"}', LONE, '/n'),
];

/** Those that are about bytes, which a form's field cannot have. */
export const BYTE_FAULTS: readonly JsonFault[] = [
  fault('a lone surrogate as bytes', Buffer.from('{"n":"\xed\xa0\x80"}', 'latin1'), NOT_UTF8),
  fault('a byte that is no UTF-8', Buffer.from('{"n":"\xff"}', 'latin1'), NOT_UTF8),
  fault('a byte order mark', Buffer.from('\xef\xbb\xbf{"n":1}', 'latin1'), /^not begin with a byte order mark$/),
];

/** All the others, for the ways in that are looked at closely. */
export const FURTHER_FAULTS: readonly JsonFault[] = [
  fault('white space alone', ' \t ', /^be JSON \(RFC 8259\), got its end at character 4 of/),
  fault('a word', 'nothing', /^be JSON \(RFC 8259\), got "n" at character 1 of "nothing"$/),
  fault('single quotes', "{'n':1}", /^be JSON \(RFC 8259\), got "'" at character 2 of/),
  fault('a key without quotes', '{n:1}', /^be JSON \(RFC 8259\), got "n" at character 2 of/),
  fault('a key without a value', '{"n"}', /^be JSON \(RFC 8259\), got "\}" at character 5 of/),
  fault('a comment', '{"n":1/**/}', /^be JSON \(RFC 8259\), got "\/" at character 7 of/),
  fault('a bracket too many', '{"n":1}}', /^be JSON \(RFC 8259\), got "\}" at character 8 of/),
  fault('another bracket', '{"n":[1}', /^be JSON \(RFC 8259\), got "\}" at character 8 of/),
  fault('XML', '<n>1</n>', /^be JSON \(RFC 8259\), got "<" at character 1 of/),
  fault('an open string', '{"n":"a', /^be JSON \(RFC 8259\), got its end at character 8 of/),
  fault('a string with a control', '{"n":"a\u0001b"}', /^be JSON \(RFC 8259\), got "\\u0001" at character 8 of/),
  fault('a raw NUL', '{"n":"a\0b"}', /^be JSON \(RFC 8259\), got "\\u0000" at character 8 of/),
  fault(
    'a line end of another script as white space',
    '{"n":\u20281}',
    /^be JSON \(RFC 8259\), got "\\u2028" at character 6 of/,
  ),
  notJson('Infinity', '-Infinity', '"I"'),
  notJson('undefined', 'undefined', '"u"'),
  notJson('True', 'True', '"T"'),
  notJson('half a word', 'nul', '"n"'),
  notJson('a plus', '+1', '"\\+"'),
  notJson('a leading zero', '01', '"1"'),
  notJson('a point without digits before it', '.5', '"\\."'),
  notJson('a point without digits after it', '1.', '"\\}"'),
  notJson('an exponent without digits', '1e', '"\\}"'),
  notJson('two minus signs', '--1', '"-"'),
  notJson('a hexadecimal number', '0x10', '"x"'),
  notJson('digits of another script', '١', '"١"'),
  notJson('an escape that is none', '"\\x41"', '"x"'),
  notJson('half an escape', '"\\u12G4"', '"u"'),
  fault('a key twice, further in', '{"m":[{"n":1,"n":1}]}', literal('have each key once, got "n" again'), '/m/0'),
  fault(
    'a key twice among many',
    `{${Array.from({ length: 30 }, (_, at) => `"k${at}":0`).join(',')},"k7":1}`,
    literal('have each key once, got "k7" again'),
  ),
  fault(
    '33 levels of both kinds',
    `${nested(16, '{"n":[', ']}', '{}')}`,
    literal('not be nested deeper than 32 levels'),
    '/n/0'.repeat(16),
  ),
  fault('100,000 levels', nested(100_000, '[', ']'), literal('not be nested deeper than 32 levels'), '/0'.repeat(32)),
  fault(
    '100,000 arrays that never end',
    '['.repeat(100_000),
    literal('not be nested deeper than 32 levels'),
    '/0'.repeat(32),
  ),
  lossy('a negative number beyond all doubles', '-1e400', '-Infinity'),
  lossy('a number too small for doubles', '1e-400', '0'),
  lossy('a number just beyond the greatest double', '1.7976931348623159e308', 'Infinity'),
  lossy('thirty digits', '123456789012345678901234567891', '1.2345678901234568e+29'),
  fault(
    'a number of 10,000 digits',
    `{"n":${'9'.repeat(10_000)}}`,
    /^be a number that a double keeps, got 9{64}…, which would become Infinity$/,
    '/n',
  ),
  fault(
    'an exponent of 10,000 digits',
    `{"n":1e${'9'.repeat(10_000)}}`,
    /^be a number that a double keeps, got 1e9{62}…, which would become Infinity$/,
    '/n',
  ),
  fault('NUL in a key', '{"n\\u0000":1}', literal('not hold a NUL character, got "n\\u0000"')),
  fault('the latter half of a pair alone', '{"n":"\\udc00"}', LONE, '/n'),
  fault('a pair the wrong way round', '{"n":"\\udc00\\ud800"}', LONE, '/n'),
  fault('a lone surrogate in a key', '{"x\\ud800":1}', LONE),
];

/** Of bytes again. */
export const FURTHER_BYTE_FAULTS: readonly JsonFault[] = [
  fault('an overlong character', Buffer.from('{"n":"\xc0\xaf"}', 'latin1'), NOT_UTF8),
  fault('half a character', Buffer.from('{"n":"\xe2\x82"}', 'latin1'), NOT_UTF8),
  fault('a character beyond Unicode', Buffer.from('{"n":"\xf5\x80\x80\x80"}', 'latin1'), NOT_UTF8),
  fault('UTF-16 with its mark', Buffer.from('\ufeff{"n":1}', 'utf16le'), NOT_UTF8),
  fault('UTF-16', Buffer.from('{"n":1}', 'utf16le'), /^be JSON \(RFC 8259\), got "\\u0000" at character 2 of/),
  fault(
    'gzip that is not called so',
    Buffer.from('1f8b0800000000000003ab564a53b2520300a5a2e5e907000000', 'hex'),
    NOT_UTF8,
  ),
];
