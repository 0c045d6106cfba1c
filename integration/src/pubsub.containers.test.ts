import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { faultsBetween, type Observation } from './pubsub/compare.ts';
import { DIFFERENCES } from './pubsub/differences/all.ts';
import { TEXT_DIFFERENCES } from './pubsub/differences/texts.ts';
import { emulatorInMemory } from './pubsub/emulator-kind.ts';
import { observe } from './pubsub/observe.ts';
import { checkIsPstest, pstestKind } from './pubsub/pstest-kind.ts';
import { SCENARIOS } from './pubsub/scenarios/all.ts';

const LISTS = { differences: DIFFERENCES, texts: TEXT_DIFFERENCES };
const AT_ONCE = 16;

describe('the emulator and pstest, the fake of Google’s own', () => {
  let emulator: Observation;
  let pstest: Observation;
  before(async () => {
    await checkIsPstest();
    // One after the other: some of it is about time.
    emulator = await observe(emulatorInMemory, SCENARIOS, AT_ONCE);
    pstest = await observe(pstestKind, SCENARIOS, AT_ONCE);
  });

  test('do the same but for what is listed, and all of that', () => {
    const faults = faultsBetween(emulator, pstest, LISTS);
    assert.equal(faults.length, 0, faults.join('\n'));
  });

  test('each difference says why the emulator is right, by a page of Google’s', () => {
    for (const { why, documentation } of [...DIFFERENCES, ...TEXT_DIFFERENCES]) {
      assert.ok(why.length > 10, documentation);
      assert.match(documentation, /^https:\/\/cloud\.google\.com\/(pubsub|iam)\//);
    }
  });
});
