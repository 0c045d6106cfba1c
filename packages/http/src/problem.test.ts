import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOT_FOUND, problem, withMembers } from './problem.ts';

test('a problem is worded anew beside its own members, which may be replaced or taken away', () => {
  const reply = problem(NOT_FOUND, 'no such song', {
    extensions: { errors: [], code: 1 },
    headers: { Location: '/songs' },
    cause: 'why',
  });
  const { body, ...rest } = withMembers(reply, ({ detail, errors }) => ({
    message: `Failed: ${detail}`,
    violations: errors,
    errors: undefined,
    code: 2,
  }));
  assert.deepEqual(JSON.parse(body), {
    type: 'urn:sluice:problem:not-found',
    title: 'Not found',
    status: 404,
    detail: 'no such song',
    code: 2,
    message: 'Failed: no such song',
    violations: [],
  });
  const { body: _, ...before } = reply;
  assert.deepEqual(rest, before);
});
