import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '@sluice/core';
import { untilTopicIsThere } from './until-there.ts';

/** Waits for the topic `t` of a broker that gives these answers in turn. */
function waiting(...answers: (() => Promise<boolean>)[]) {
  const said: string[] = [];
  const controller = new AbortController();
  const isThere = untilTopicIsThere({
    isThere: () => answers.shift()?.() ?? Promise.resolve(true),
    topic: 't',
    signal: controller.signal,
    onWaiting: (line) => said.push(line),
  });
  return { isThere, said, abort: () => controller.abort() };
}

test('it is told what is waited for, until the topic is there', async () => {
  const { isThere, said } = waiting(
    async () => Promise.reject(new SluiceError('unavailable', 'nobody answers')),
    async () => false,
  );
  assert.equal(await isThere, true);
  assert.deepEqual(said, ['waiting for the broker: nobody answers', 'there is no topic t yet; waiting for it']);
});

test('what no waiting mends ends it', async () => {
  const { isThere } = waiting(async () => Promise.reject(new SluiceError('unauthorized', 'not for you')));
  await assert.rejects(isThere, /not for you/);
});

test('a broker that never answers is not waited for once nobody wants it', async () => {
  const { isThere, abort } = waiting(() => new Promise(() => {}));
  abort();
  assert.equal(await isThere, false);
});
