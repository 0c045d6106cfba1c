import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJson, mediaTypeOf, refuseCharset } from './media-type.ts';

const read = (contentType: string) => mediaTypeOf({ 'content-type': contentType });

test('a media type is read in lower case, with its parameters', () => {
  const cases: readonly (readonly [header: string, essence: string, parameters: Record<string, string>])[] = [
    ['application/json', 'application/json', {}],
    ['Application/JSON', 'application/json', {}],
    ['application/json; charset=UTF-8', 'application/json', { charset: 'UTF-8' }],
    ['text/plain;CHARSET="a \\"b\\""; x=1', 'text/plain', { charset: 'a "b"', x: '1' }],
    [' application/cloudevents+json ', 'application/cloudevents+json', {}],
    ['multipart/form-data; boundary=B; boundary=C', 'multipart/form-data', { boundary: 'B' }],
  ];
  for (const [header, essence, parameters] of cases) {
    const mediaType = read(header);
    assert.equal(mediaType?.essence, essence);
    assert.deepEqual(Object.fromEntries(mediaType?.parameters ?? []), parameters);
  }
  for (const header of ['', 'json', 'application/', '/json', 'a b/c', 'application/json, text/plain']) {
    assert.equal(read(header), undefined, header);
  }
  assert.equal(mediaTypeOf({}), undefined);
});

test('JSON is told by its name', () => {
  for (const header of [
    'application/json',
    'application/json;charset=utf-8',
    'application/cloudevents+json',
    'A/B+JSON',
  ]) {
    assert.ok(isJson(read(header)), header);
  }
  for (const header of [
    'text/json',
    'application/jsonp',
    'application/x-ndjson',
    'application/json-seq',
    'text/plain',
  ]) {
    assert.ok(!isJson(read(header)), header);
  }
  assert.ok(!isJson(undefined));
});

test('a charset but UTF-8 is refused', () => {
  const refusal = (charset: string) => {
    const mediaType = read(`application/json${charset}`);
    assert.ok(mediaType);
    return refuseCharset(mediaType);
  };
  for (const charset of ['', ';charset=utf-8', ';charset=UTF-8', ';charset="utf8"', ';other=1']) {
    assert.equal(refusal(charset), undefined, charset);
  }
  for (const charset of [';charset=latin1', ';charset=utf-16', ';charset="utf-8 "', ';charset=utf-88']) {
    assert.equal(refusal(charset)?.status, 415, charset);
  }
});
