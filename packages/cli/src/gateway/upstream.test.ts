import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Upstream, upstreamOf } from './upstream.ts';

const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';

/** Method, target, and who serves it: every route of the two services, and what is nearly one. */
const TABLE: readonly (readonly [string, string, Upstream])[] = [
  // Timestamps.
  ['GET', `/api/v1/timestamp/${ID}`, 'query'],
  ['HEAD', `/api/v1/timestamp/${ID}`, 'query'],
  ['GET', `/api/v1/timestamp/${ID}?x=/`, 'query'],
  ['GET', `http://localhost:5000/api/v1/timestamp/${ID}`, 'query'],
  ['GET', '/api/v1/timestamp', 'ingest'],
  ['GET', '/api/v1/timestamp/', 'ingest'],
  ['GET', `/api/v1/timestamp/${ID}/`, 'ingest'],
  ['GET', `/api/v1/timestamp/${ID}/more`, 'ingest'],
  ['GET', `/API/v1/timestamp/${ID}`, 'ingest'],
  ['POST', '/api/v1/timestamp/2006-01-02T15:04:05Z', 'ingest'],
  ['POST', '/api/v1/timestamp', 'ingest'],
  ['POST', '/app', 'ingest'],
  ['OPTIONS', `/api/v1/timestamp/${ID}`, 'ingest'],
  // Activity events.
  ['GET', '/api/events', 'query'],
  ['GET', '/api/events/', 'query'],
  ['HEAD', '/api/events/', 'query'],
  ['GET', '/api/events/?email=a@b.c&message=/x', 'query'],
  ['GET', '/api/v1/events', 'query'],
  ['GET', '/api/v1/events/', 'query'],
  ['GET', '/api/events//', 'ingest'],
  ['GET', '/api/eventsx', 'ingest'],
  ['GET', '/api/v2/events', 'ingest'],
  ['POST', '/api/events', 'ingest'],
  ['POST', '/api/events/', 'ingest'],
  ['POST', '/api/v1/events/', 'ingest'],
  ['OPTIONS', '/api/events', 'ingest'],
  // Table transactions.
  ['POST', '/api/activities', 'ingest'],
  ['POST', '/api/v1/activities', 'ingest'],
  ['GET', '/', 'ingest'],
  // Event gateway, with names that look like more.
  ['POST', '/SpongeBob/Fruits/register_event', 'ingest'],
  ['POST', '/SpongeBob/Fruits/send_event', 'ingest'],
  ['GET', '/SpongeBob/Fruits/schema', 'ingest'],
  ['GET', '/SpongeBob/list_events', 'ingest'],
  ['GET', '/commands/events/schema', 'ingest'],
  // Native streams.
  ['GET', '/api/v1/streams/SpongeBob/Fruits', 'query'],
  ['HEAD', '/api/v1/streams/SpongeBob/Fruits?limit=1', 'query'],
  ['GET', '/api/v1/streams/SpongeBob', 'ingest'],
  ['GET', '/api/v1/streams/SpongeBob/', 'ingest'],
  ['GET', '/api/v1/streams/SpongeBob/Fruits/x', 'ingest'],
  ['PUT', '/api/v1/streams/SpongeBob/Fruits', 'ingest'],
  ['POST', '/api/v1/streams/SpongeBob/Fruits', 'ingest'],
  ['DELETE', '/api/v1/streams/SpongeBob/Fruits', 'ingest'],
  // Commands.
  ['GET', `/api/v1/commands/${ID}`, 'query'],
  ['GET', `/api/v1/commands/${ID}?wait=5s`, 'query'],
  ['GET', '/api/v1/commands', 'ingest'],
  ['POST', `/api/v1/commands/${ID}`, 'ingest'],
  // Dead letters.
  ['GET', '/api/v1/dead-letters', 'query'],
  ['GET', '/api/v1/dead-letters?stream=x', 'query'],
  ['GET', `/api/v1/dead-letters/${ID}`, 'query'],
  ['HEAD', `/api/v1/dead-letters/${ID}/bytes`, 'query'],
  ['GET', '/api/v1/dead-letters/', 'query'],
  ['GET', '/api/v1/dead-lettersx', 'ingest'],
  ['POST', `/api/v1/dead-letters/${ID}/redrive`, 'ingest'],
  ['POST', '/api/v1/dead-letters/redrive', 'ingest'],
  ['DELETE', `/api/v1/dead-letters/${ID}`, 'ingest'],
  // Operators' routes, and none at all.
  ['GET', '/health', 'ingest'],
  ['GET', '/api/health', 'ingest'],
  ['GET', '/api/healthz', 'ingest'],
  ['GET', '/ready', 'ingest'],
  ['GET', '/metrics', 'ingest'],
  ['GET', '/openapi.json', 'ingest'],
  ['GET', '/api/v1/%74imestamp/x', 'ingest'],
  ['GET', '//api/events', 'ingest'],
  ['GET', '/x?/api/events', 'ingest'],
  ['GET', 'http://host', 'ingest'],
  ['OPTIONS', '*', 'ingest'],
];

test('method and path alone say who answers', () => {
  const wrong = TABLE.filter(([method, target, expected]) => upstreamOf(method, target) !== expected);
  assert.deepEqual(wrong, []);
});

test('what changes something is never sent to query, whatever the path', () => {
  const targets = fc.oneof(fc.constantFrom(...TABLE.map(([, target]) => target)), fc.string());
  fc.assert(
    fc.property(fc.constantFrom('POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'), targets, (method, target) => {
      assert.equal(upstreamOf(method, target), 'ingest');
    }),
  );
});
