import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { KnownTargets } from './known-targets.ts';
import { json } from './reply.ts';
import type { Route } from './route.ts';

const routeOf = (path: string, changes: Partial<Route> = {}): Route => ({
  method: 'POST',
  path,
  handle: () => json(200, {}),
  ...changes,
});
const asked = (url: string, method = 'POST') => ({ url, method }) as IncomingMessage;

const literal = routeOf('/app');
const taking = routeOf('/streams/:name', { body: { limitBytes: 1 } });

test('a path without parameters is known, with a query too, and by its own method', () => {
  const known = new KnownTargets([literal]);
  assert.equal(known.find(asked('/app'))?.route, literal);
  assert.equal(known.find(asked('/app?a=1'))?.route, literal);
  for (const request of [asked('/app', 'GET'), asked('/App'), asked('/app/'), asked('/app#')]) {
    assert.equal(known.find(request), undefined, request.url);
  }
});

test('a path that was found is known by its whole target, with what the router read in it', () => {
  const known = new KnownTargets([literal]);
  known.remember(asked('/streams/a%2Fb'), taking, { name: 'a/b' });
  assert.deepEqual(known.find(asked('/streams/a%2Fb')), { route: taking, params: { name: 'a/b' } });
  for (const request of [asked('/streams/a/b'), asked('/streams/a%2fb'), asked('/streams/a%2Fb', 'PUT')]) {
    assert.equal(known.find(request), undefined, request.url);
  }
});

test('what takes no body is not remembered, and nothing with a query', () => {
  const known = new KnownTargets<Route>([]);
  known.remember(asked('/timestamps/now'), routeOf('/timestamps/:when'), { when: 'now' });
  known.remember(asked('/streams/a?x=1'), taking, { name: 'a' });
  assert.equal(known.find(asked('/timestamps/now')), undefined);
  assert.equal(known.find(asked('/streams/a?x=1')), undefined);
});

test('however many paths strangers make up, a bounded number is remembered', () => {
  const known = new KnownTargets<Route>([]);
  for (let n = 0; n < 10_000; n++) known.remember(asked(`/streams/${n}`), taking, { name: String(n) });
  const still = Array.from({ length: 10_000 }, (_, n) => known.find(asked(`/streams/${n}`))).filter(Boolean);
  assert.ok(still.length <= 1_000, `${still.length} are remembered`);
  assert.equal(known.find(asked('/streams/9999'))?.params.name, '9999');
});
