import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testIngest } from '../testing/ingest.ts';

test('the base address greets as the old gatekeeper did, whatever the broker is doing', async () => {
  await using ingest = await testIngest({
    ping: () => Promise.reject(new Error('down')),
    requireTopics: () => {
      throw new Error('no topics');
    },
  });
  for (const path of ['/', '', '/?x=1']) {
    const response = await fetch(ingest.url + path);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.match(await response.text(), /^Hello World, congratulations on /);
  }
  const head = await fetch(ingest.url, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const response = await fetch(ingest.url, { method });
    assert.equal(response.status, 405);
    assert.match(response.headers.get('allow') ?? '', /GET/);
  }
});
