import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawHttp } from '@sluice/testing';
import fc from 'fast-check';
import { json } from '../reply.ts';
import type { Route } from '../route.ts';
import { testServer } from '../testing/server.ts';
import { queryOf, singleParameter } from './query.ts';

const pairs: Route = { method: 'GET', path: '/pairs', handle: ({ query }) => json(200, [...query]) };
const unasked: Route = { method: 'GET', path: '/unasked', handle: () => json(200, {}) };
const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;

test('a query is read as a form is', async () => {
  await using server = await testServer([pairs]);
  for (const [target, expected] of [
    ['/pairs', []],
    ['/pairs?', []],
    [
      '/pairs?a=1&b=2&a=3',
      [
        ['a', '1'],
        ['b', '2'],
        ['a', '3'],
      ],
    ],
    ['/pairs?a=b+c%2Bd%20e', [['a', 'b c+d e']]],
    [
      '/pairs?caf%C3%A9=%F0%9F%8D%8E&x',
      [
        ['café', '🍎'],
        ['x', ''],
      ],
    ],
    ['/pairs?a=1#b=2', [['a', '1']]],
    ['/pairs#?a=1', []],
    ['/pairs??a=/../x?y', [['?a', '/../x?y']]],
    [
      '/pairs?__proto__=1&%00=%00',
      [
        ['__proto__', '1'],
        ['\0', '\0'],
      ],
    ],
    ['http://elsewhere.example/pairs?a=1', [['a', '1']]],
  ] as const) {
    const { status, body } = await rawHttp(server.port, get(target));
    assert.equal(status, 200, target);
    assert.deepEqual(JSON.parse(body), expected, target);
  }
});

test('a query that is no UTF-8 gets 400 where it is asked for, and only there', async () => {
  await using server = await testServer([pairs, unasked]);
  for (const query of ['%', '%zz=1', 'a=%f', 'a=%ff', 'a=%c0%af', 'a=%ed%a0%80', '%c3&%a9']) {
    const { status, body } = await rawHttp(server.port, get(`/pairs?${query}`));
    assert.equal(status, 400, query);
    assert.equal(JSON.parse(body).type, 'urn:sluice:problem:malformed-request');
    assert.match(JSON.parse(body).detail, /^the query must be percent-encoded UTF-8, got "/);
    assert.equal((await rawHttp(server.port, get(`/unasked?${query}`))).status, 200);
  }
  const long = await rawHttp(server.port, get(`/pairs?%${'x'.repeat(10_000)}`));
  assert.ok(JSON.parse(long.body).detail.length < 200);
  assert.deepEqual(server.lines, []);
});

test('every text comes through a query unchanged', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(wellFormed, wellFormed)), (expected) => {
      const query = expected.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
      assert.deepEqual([...queryOf(`/x?${query}`)], expected);
    }),
  );
});

const wellFormed = fc.string({ unit: 'grapheme', maxLength: 8 });

test('a parameter is there once, or refused by its name', () => {
  const query = queryOf('/x?a=1&b=&c=1&c=1');
  assert.deepEqual(singleParameter({ query }, 'a'), { kind: 'value', value: '1' });
  assert.deepEqual(singleParameter({ query }, 'b'), { kind: 'value', value: '' });
  assert.deepEqual(singleParameter({ query }, 'd'), { kind: 'absent' });
  const twice = singleParameter({ query }, 'c');
  assert.ok(twice.kind === 'refused');
  assert.equal(twice.reply.status, 400);
  assert.match(twice.reply.body, /query parameter c must be there once, got 2 of them/);
});
