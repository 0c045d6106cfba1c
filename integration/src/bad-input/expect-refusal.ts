import assert from 'node:assert/strict';
import { FirstOf, type Refusal } from './bad-input.ts';
import type { Answer } from './connection.ts';

/**
 * What no answer may show: a stack, a path of ours, a driver's or the database's own words. No request of the table has
 * any of these in it, since answers show what was received.
 */
const LEAKS: readonly RegExp[] = [
  /\n\s+at /,
  /\bat \S+ \(/,
  /node_modules|node:internal|\.ts\b|\/(?:work|packages|services)\//,
  /Error: |ECONN|errno|syscall/,
  /syntax error at|violates|relation "|pg_temp|SQLSTATE|positions|consumer_group|insert into|select /i,
  /kafkajs|grpc|RE2JS|ajv|busboy|Broker:/i,
];

const MAX_DETAIL = 8_000;

/** Holds an answer against what it must be. @throws AssertionError */
export function expectRefusal(answer: Answer, expected: Refusal): void {
  const { status, type, detail, members = {}, repeatedAs = [], isBare = false } = expected;
  assert.equal(answer.status, status, `the status of ${answer.body.slice(0, 500)}`);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.match(answer.headers.correlationid ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(answer.headers.allow !== undefined, status === 405, 'Allow is there with 405 alone');
  assert.equal(answer.headers.connection === 'close', expected.ends ?? false, 'whether the connection ends');
  if (isBare) return;
  const body = JSON.parse(answer.body) as Readonly<Record<string, unknown>>;
  const told = String(body.detail);
  assert.equal(body.type, `urn:sluice:problem:${type}`, told);
  if (members.status === undefined) assert.equal(body.status, status);
  assert.match(String(body.title), /^[A-Z][A-Za-z ]+$/);
  assert.match(told, detail);
  assert.ok(told.length < MAX_DETAIL, `a detail of ${told.length} characters`);
  assert.doesNotMatch(told, /[^\P{C}]/u, 'a detail shows what does not print');
  for (const [name, wanted] of Object.entries(members)) expectLike(body[name], wanted, name);
  for (const name of repeatedAs) assert.equal(body[name], told, `${name} must repeat the detail`);
  // What was sent comes back in `payload`, as the old gatekeeper gave it.
  const { payload: _, ...ours } = body;
  for (const leak of LEAKS) assert.doesNotMatch(JSON.stringify(ours), leak);
}

function expectLike(given: unknown, wanted: unknown, place: string): void {
  if (wanted instanceof RegExp) assert.match(String(given), wanted, place);
  else if (wanted instanceof FirstOf) {
    assert.ok(Array.isArray(given), `${place} must be a list`);
    expectLike(given[0], wanted.first, `${place}[0]`);
  } else if (typeof wanted === 'object' && wanted !== null) {
    assert.ok(typeof given === 'object' && given !== null, `${place} must be there, got ${given}`);
    assert.deepEqual(Object.keys(given).sort(), Object.keys(wanted).sort(), `the members of ${place}`);
    for (const [key, inner] of Object.entries(wanted)) {
      expectLike((given as Readonly<Record<string, unknown>>)[key], inner, `${place}.${key}`);
    }
  } else assert.equal(given, wanted, place);
}
