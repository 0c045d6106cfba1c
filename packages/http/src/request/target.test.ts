import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawHttp } from '@sluice/testing';
import { json } from '../reply.ts';
import type { Route } from '../route.ts';
import { testServer } from '../testing/server.ts';

const named = (path: string, method: Route['method'] = 'GET'): Route => ({
  method,
  path,
  handle: ({ params }) => json(200, { path, ...params }),
});
const routes = [named('/plain'), named('/a/:x'), named('/a/:x/b'), named('/:c/:e/send'), named('/plain', 'POST')];

/** What is sent, and the route that has to be reached with its parts; else the status. */
const cases: readonly (readonly [target: string, expected: object | number])[] = [
  ['/plain', { path: '/plain' }],
  ['/plain?a', { path: '/plain' }],
  ['/plain#a', { path: '/plain' }],
  ['/plain#/../a/x', { path: '/plain' }],
  ['/plain?/../a/x', { path: '/plain' }],
  ['/a/%2Fplain', { path: '/a/:x', x: '/plain' }],
  ['/a/..%2fplain', { path: '/a/:x', x: '../plain' }],
  ['/a/x%2Fb', { path: '/a/:x', x: 'x/b' }],
  ['/a/..', { path: '/a/:x', x: '..' }],
  ['/a/.', { path: '/a/:x', x: '.' }],
  ['/a/%2e%2e', { path: '/a/:x', x: '..' }],
  ['/a/%2e%2E/b', { path: '/a/:x/b', x: '..' }],
  ['/../../send', { path: '/:c/:e/send', c: '..', e: '..' }],
  ['/a/%252F', { path: '/a/:x', x: '%2F' }],
  ['/a/%25', { path: '/a/:x', x: '%' }],
  ['/a/%00', { path: '/a/:x', x: '\0' }],
  ['/a/%3Fx%23y', { path: '/a/:x', x: '?x#y' }],
  ['/a/x\\b', { path: '/a/:x', x: 'x\\b' }],
  ['/a/x;b', { path: '/a/:x', x: 'x;b' }],
  ['/a/+', { path: '/a/:x', x: '+' }],
  ['/a/%C3%A9', { path: '/a/:x', x: 'é' }],
  ['/a/:x', { path: '/a/:x', x: ':x' }],
  ['/a/__proto__', { path: '/a/:x', x: '__proto__' }],
  ['http://x/plain', { path: '/plain' }],
  ['HTTPS://x:1/a/%2e%2e?y', { path: '/a/:x', x: '..' }],
  ['/a/../plain', 404],
  ['/./plain', 404],
  ['/a/%2e%2e/plain', 404],
  ['//plain', 404],
  ['/plain/', 404],
  ['/plain//', 404],
  ['/plain/..', 404],
  ['/plain%2F', 404],
  ['/%70lain', 404],
  ['/plain;x=1', 404],
  ['/plain%00', 404],
  ['/plain%23', 404],
  ['/plain%3F', 404],
  ['/a//b', 404],
  ['/a/', 404],
  ['/a//', 404],
  ['/a%2Fx', 404],
  ['/a\\x', 404],
  // What Koa reads as /a/x.
  ['/a\\x#y', 404],
  ['\\a/x', 400],
  ['http://x/a/../plain', 404],
  ['http://x//plain', 404],
  ['http://x\\plain', 400],
  ['http://x/a/%2e%2e/plain', 404],
  ['http://x', 404],
  ['http://x?/plain', 404],
  ['http:///plain', 400],
  ['http:/plain', 400],
  ['/a/%c0%ae%c0%ae', 400],
  ['/a/%c0%af', 400],
  ['/a/%e0%80%af', 400],
  ['/a/%c3/%a9', 400],
  ['/a/\xc3\xa9', 400],
  ['/plain\xa0', 400],
  ['/plain\xa0#x', 400],
  ['/plain%', 400],
  ['/a/%u0041', 400],
];

test('no target reaches another route than its text says, and each part is decoded once', async (t) => {
  await using server = await testServer(routes);
  for (const [target, expected] of cases) {
    await t.test(JSON.stringify(target), async () => {
      const { status, body } = await rawHttp(server.port, `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
      if (typeof expected === 'number') assert.equal(status, expected);
      else assert.deepEqual(JSON.parse(body), expected);
    });
  }
});
