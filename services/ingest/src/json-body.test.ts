import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonOf } from './json-body.ts';

const read = (body: string | Buffer, type: string | undefined = 'application/json') =>
  jsonOf({ headers: type === '' ? {} : { 'content-type': type }, body: Buffer.from(body) });

test('JSON of any name is read, and its bytes kept as they came', () => {
  for (const type of [
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/cloudevents+json',
    'application/json;charset="utf-8"',
  ]) {
    const body = ' {"a": 1.0} ';
    assert.deepEqual(read(body, type), { kind: 'json', value: { a: 1 }, bytes: Buffer.from(body) }, type);
  }
  assert.deepEqual(read('null'), { kind: 'json', value: null, bytes: Buffer.from('null') });
});

test('what does not say that it is JSON in UTF-8 is 415', () => {
  for (const type of [
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonp',
    'json',
    ';',
  ]) {
    const body = read('{}', type);
    assert.ok(body.kind === 'refused', type);
    assert.equal(body.reply.status, 415, type);
    assert.equal(JSON.parse(body.reply.body).type, 'urn:sluice:problem:unsupported-media-type');
  }
});

test('a refusal names the place, the rule and what was received', () => {
  for (const [text, pointer, detail] of [
    ['', '', /^the body must be JSON, got none$/],
    ['{"a":', '', /^the body must be JSON \(RFC 8259\), got its end at character 6/],
    ['{"a":[1,1e400]}', '/a/1', /^\/a\/1 must be a number that a double keeps, got 1e400/],
    ['{"b":{"a":1,"a":2}}', '/b', /^\/b must have each key once, got "a" again$/],
    ['["\\ud800"]', '/0', /^\/0 must .*surrogate/],
    ['\ufeff{}', '', /byte order mark/],
  ] as const) {
    const body = read(text);
    assert.ok(body.kind === 'refused', text);
    assert.equal(body.reply.status, 400);
    const answer = JSON.parse(body.reply.body);
    assert.equal(answer.type, 'urn:sluice:problem:malformed-json');
    assert.match(answer.detail, detail);
    assert.equal(answer.errors.length, 1);
    assert.equal(answer.errors[0].pointer, pointer);
    assert.ok(answer.detail.endsWith(answer.errors[0].detail));
  }
});
