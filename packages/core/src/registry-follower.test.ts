import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from './errors.ts';
import type { RegistryChanges, RegistryMark } from './registry.ts';
import { RegistryFollower } from './registry-follower.ts';

/** A follower of a registry that answers when it is told to. */
function heldFollower() {
  const asked: (RegistryMark | null)[] = [];
  const answers: PromiseWithResolvers<RegistryChanges>[] = [];
  const taken: number[] = [];
  const follower = new RegistryFollower(
    (since) => {
      asked.push(since);
      const answer = Promise.withResolvers<RegistryChanges>();
      answers.push(answer);
      return answer.promise;
    },
    ({ mark }) => void taken.push(mark.sequence),
  );
  const answer = (sequence: number): void =>
    answers.shift()?.resolve({ mark: { generation: 'g', sequence }, isWhole: false, versions: [] });
  const fail = (): void => answers.shift()?.reject(new SluiceError('unavailable', 'gone'));
  return { follower, asked, taken, answer, fail };
}

const turn = () => new Promise(setImmediate);

test('each question is for what came after the last answer, and one that failed is asked again', async () => {
  const { follower, asked, taken, answer, fail } = heldFollower();
  const first = follower.refreshed();
  assert.equal(follower.hasRead, false);
  answer(3);
  await first;
  assert.equal(follower.hasRead, true);
  const failing = follower.refreshed();
  fail();
  await assert.rejects(failing, { code: 'unavailable' });
  const again = follower.refreshed();
  answer(5);
  await again;
  assert.deepEqual(asked, [null, { generation: 'g', sequence: 3 }, { generation: 'g', sequence: 3 }]);
  assert.deepEqual(taken, [3, 5]);
});

test('who asks under way is answered by a question of after that, which all of them share', async () => {
  const { follower, asked, taken, answer, fail } = heldFollower();
  const first = follower.refreshed();
  const later = [follower.refreshed(), follower.refreshed(), follower.refreshed()];
  let told = 0;
  for (const one of later) void one.then(() => told++);
  fail();
  await assert.rejects(first, { code: 'unavailable' });
  await turn();
  assert.deepEqual([asked.length, told], [2, 0]);
  answer(1);
  await Promise.all(later);
  assert.deepEqual([asked.length, taken], [2, [1]]);
});
