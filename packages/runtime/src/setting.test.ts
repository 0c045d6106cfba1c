import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLevel } from './logger.ts';
import { faulty, readSettings, refined, SettingsError, settings, valid } from './setting.ts';
import { choice, maskedAddresses, maskedUrl, optional, variable, wholeNumber } from './variables.ts';

const secret = variable({
  name: 'TOKEN',
  rule: 'be long',
  parse: (text) => (text.length > 20 ? text : undefined),
  show: () => '***',
});

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.message;
  }
  assert.fail('no fault was found');
}

test('all faults are told at once, each with name, rule and value', () => {
  const setting = settings({
    port: wholeNumber('SERVER_PORT', { min: 0, max: 65_535, fallback: 7080 }),
    level: logLevel,
    inner: settings({ secret, size: wholeNumber('SIZE', { min: 1, max: 9, fallback: 1 }) }),
  });
  const message = messageOf(() =>
    readSettings(setting, { SERVER_PORT: '70x', LOG_LEVEL: 'loud', TOKEN: 'hunter2', SIZE: '0' }),
  );
  assert.deepEqual(message.split('\n'), [
    'SERVER_PORT must be a whole number from 0 to 65535, got "70x"',
    'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, got "loud"',
    'TOKEN must be long, got ***',
    'SIZE must be a whole number from 1 to 9, got "0"',
  ]);
});

test('an absent and an empty variable have the fallback, or are a fault without one', () => {
  const port = wholeNumber('SERVER_PORT', { min: 0, max: 65_535, fallback: 7080 });
  assert.equal(readSettings(port, {}), 7080);
  assert.equal(readSettings(port, { SERVER_PORT: '' }), 7080);
  assert.equal(readSettings(port, { SERVER_PORT: '0' }), 0);
  assert.equal(
    messageOf(() => readSettings(secret, { TOKEN: '' })),
    'TOKEN must be long, got nothing',
  );
  const url = optional({ name: 'URL', rule: 'be a URL', parse: (text) => (URL.canParse(text) ? text : undefined) });
  assert.equal(readSettings(url, { URL: '' }), undefined);
  assert.equal(
    messageOf(() => readSettings(url, { URL: 'x' })),
    'URL must be a URL, got "x"',
  );
});

test('a fault of several variables together is found after each is right by itself', () => {
  const range = refined(
    settings({
      low: wholeNumber('LOW', { min: 0, max: 9, fallback: 1 }),
      high: wholeNumber('HIGH', { min: 0, max: 9, fallback: 2 }),
    }),
    ({ low, high }) =>
      low < high ? valid([low, high]) : faulty({ variable: 'LOW', rule: 'be below HIGH', received: String(low) }),
  );
  assert.deepEqual(readSettings(range, { HIGH: '5' }), [1, 5]);
  assert.equal(
    messageOf(() => readSettings(range, { LOW: '3' })),
    'LOW must be below HIGH, got 3',
  );
  assert.match(
    messageOf(() => readSettings(range, { LOW: 'x' })),
    /whole number/,
  );
});

test('whole numbers are digits within bounds', () => {
  const setting = wholeNumber('N', { min: 1, max: 65_535, fallback: 1 });
  for (const text of ['-1', '1.5', '1e3', '0x10', ' 7080', '65536', '0', 'NaN', '9'.repeat(20)]) {
    assert.throws(() => readSettings(setting, { N: text }), SettingsError, text);
  }
});

test('levels and choices are taken in any case', () => {
  for (const [text, level] of [
    ['DEBUG', 'debug'],
    ['Info', 'info'],
    ['warn', 'warn'],
    ['ERROR', 'error'],
  ]) {
    assert.equal(readSettings(logLevel, { LOG_LEVEL: text }), level);
  }
  assert.equal(readSettings(choice('MODE', ['none', 'some'], 'none'), { MODE: 'Some' }), 'some');
});

test('what may be a password in a URL is masked', () => {
  for (const [text, shown] of [
    ['postgres://me:p@ss:w/rd@db:5432/x', '"postgres://***@db:5432/x"'],
    ['jdbc:postgresql://me:hunter2@db/x', '"jdbc:postgresql://***@db/x"'],
    ['postgres://me:p@ss?w#rd@db:5432/x', '"postgres://***@db:5432/x?***"'],
    ['me:hunter2@db', '"***"'],
    ['hunter2', '"***"'],
    ['postgres:hunter2//x', '"***"'],
    ['postgres://sluice:hunter2/db', '"postgres://***"'],
    ['postgres://sluice:hunter2', '"postgres://***"'],
    ['postgres://me:hunter2@/x', '"postgres://***@/x"'],
    ['postgres://db/x?user=me&password=hunter2&sslmode=off', '"postgres://db/x?***"'],
    ['postgres://db/x', '"postgres://db/x"'],
  ] as const) {
    assert.equal(maskedUrl(text), shown);
  }
});

test('so is what may be a password beside an address', () => {
  for (const [text, shown] of [
    ['user:hunter2@host', '"***@host"'],
    ['sasl://user:hunter2@host:9092,b:1', '"sasl://***@host:9092,b:1"'],
    ['a:1,user:hunter2', '"***"'],
    ['kafka', '"kafka"'],
    ['[::1]:9092, b:65536', '"[::1]:9092, b:65536"'],
  ] as const) {
    assert.equal(maskedAddresses(text), shown);
  }
});
