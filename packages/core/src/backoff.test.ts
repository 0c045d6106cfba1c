import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { backoffDelayMs, pause } from './backoff.ts';

describe('backoffDelayMs', () => {
  it('lies between half and whole of a bound that doubles up to the most', () => {
    const setting = fc.record({
      attempt: fc.nat(10_000),
      baseMs: fc.integer({ min: 1, max: 1_000 }),
      maxMs: fc.integer({ min: 1, max: 60_000 }),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(setting, ({ attempt, baseMs, maxMs, at }) => {
        const bound = Math.min(maxMs, baseMs * 2 ** attempt);
        const delayMs = backoffDelayMs(attempt, { baseMs, maxMs, random: () => at });
        assert.ok(delayMs >= bound / 2 && delayMs <= bound, `${delayMs} of ${bound}`);
      }),
    );
  });

  it('spreads by the random number', () => {
    const at = (random: number): number => backoffDelayMs(3, { baseMs: 100, maxMs: 10_000, random: () => random });
    assert.deepEqual([at(0), at(0.5), at(0.75)], [400, 600, 700]);
  });

  it('starts at 50 ms and ends at 5 s by default', () => {
    const random = (): number => 0.999_999;
    assert.ok(backoffDelayMs(0, { random }) <= 50);
    assert.ok(backoffDelayMs(1_000_000, { random }) <= 5_000);
    assert.ok(backoffDelayMs(1_000_000, { random }) > 4_999);
  });
});

describe('pause', () => {
  it('says that the time is over', async () => {
    assert.equal(await pause(1, new AbortController().signal), true);
  });

  it('ends at once when the signal aborts, and says so', async () => {
    const controller = new AbortController();
    const paused = pause(10_000, controller.signal);
    controller.abort(new Error('enough'));
    assert.equal(await paused, false);
  });

  it('does not begin where the signal has aborted', async () => {
    assert.equal(await pause(10_000, AbortSignal.abort()), false);
  });
});
