import assert from 'node:assert/strict';
import { seededRandom } from '@sluice/testing';
import fc from 'fast-check';
import { type DurableLog, type FaultyFileSystem, faultyFileSystem, type LogEntry, LogError } from './index.ts';
import { readAll, sampleBytes } from './testing/samples.ts';
import { openLog, testStorages } from './testing/storages.ts';

const directory = '/data/log';

type Outcome = 'waiting' | 'acknowledged' | 'refused' | 'unknown';

interface Appended {
  readonly offset: number;
  readonly count: number;
  readonly payload: Buffer;
  outcome: Outcome;
}

/** One life of a process. */
interface Session {
  readonly entries: readonly { readonly bytes: number; readonly count: number; readonly wait: boolean }[];
  /** After so many operations of the disk the machine stops. */
  readonly operations: number;
  readonly end: 'power' | 'kill';
  readonly seed: number;
  readonly segmentBytes: number;
  readonly spaceBytes: number;
  readonly trim: boolean;
}

const session: fc.Arbitrary<Session> = fc.record({
  entries: fc.array(
    fc.record({
      bytes: fc.oneof({ weight: 4, arbitrary: fc.nat(80) }, fc.nat(3_000)),
      count: fc.integer({ min: 1, max: 4 }),
      wait: fc.boolean(),
    }),
    { maxLength: 25 },
  ),
  operations: fc.nat(60),
  end: fc.constantFrom('power', 'power', 'kill'),
  seed: fc.nat(),
  segmentBytes: fc.constantFrom(60, 300, 2_000, 100_000),
  spaceBytes: fc.oneof({ weight: 3, arbitrary: fc.constant(1e9) }, fc.nat(6_000)),
  trim: fc.boolean(),
});

/** What the log must hold: all that was acknowledged, some of what was not answered, in the order of offsets. */
class Expectation {
  #kept: Appended[] = [];
  #mayBe: Appended[] = [];

  append(log: DurableLog, count: number, payload: Buffer): Promise<unknown> {
    const appended: Appended = { offset: log.nextOffset, count, payload, outcome: 'waiting' };
    this.#mayBe.push(appended);
    return log.append({ count, timestampMs: appended.offset, payload: [payload] }).then(
      (offset) => {
        assert.equal(offset, appended.offset);
        appended.outcome = 'acknowledged';
      },
      (error: unknown) => {
        assert.ok(error instanceof LogError, String(error));
        appended.outcome = error.code === 'no-space' ? 'refused' : 'unknown';
      },
    );
  }

  /** Holds what was found against what was appended; from here on that is what there is. */
  check(startOffset: number, found: readonly LogEntry[]): void {
    const acknowledged = this.#mayBe.filter(({ outcome }) => outcome === 'acknowledged');
    const sure = [...this.#kept, ...acknowledged].filter(({ offset, count }) => offset + count > startOffset);
    const unsure = this.#mayBe.filter(({ outcome }) => outcome === 'unknown' || outcome === 'waiting');
    const actual = found.map(({ offset, count, payload }) => ({ offset, count, payload }));
    const last = sure.at(-1);
    const end = last === undefined ? startOffset : last.offset + last.count;
    const possible = [...sure, ...unsure.filter(({ offset }) => offset >= end)];
    const expected = possible.slice(0, Math.max(actual.length, sure.length));
    assert.deepEqual(
      actual,
      expected.map(({ offset, count, payload }) => ({ offset, count, payload })),
    );
    this.#kept = possible.slice(0, actual.length).map((entry) => ({ ...entry, outcome: 'acknowledged' }));
    this.#mayBe = [];
  }
}

async function live(fileSystem: FaultyFileSystem, expectation: Expectation, session: Session): Promise<void> {
  const { entries, segmentBytes, spaceBytes, operations, trim } = session;
  const log = await openLog({ directory, fileSystem, segmentBytes, maxGroupBytes: 4_000 });
  expectation.check(log.startOffset, await readAll(log));
  fileSystem.capacityBytes = usedBytes(fileSystem) + spaceBytes;
  fileSystem.stopAt(fileSystem.operations.length + operations);
  const answers: Promise<unknown>[] = [];
  for (const [index, { bytes, count, wait }] of entries.entries()) {
    const append = expectation.append(log, count, sampleBytes(session.seed + index, bytes));
    answers.push(append);
    if (wait) await append;
    if (index === 12) fileSystem.capacityBytes = Number.POSITIVE_INFINITY;
    if (trim && index % 7 === 6) answers.push(log.trimBefore(log.endOffset - (index % 3)).catch(() => undefined));
  }
  await Promise.all(answers);
  await Promise.resolve(log[Symbol.asyncDispose]()).catch(() => undefined);
}

const usedBytes = (fileSystem: FaultyFileSystem) =>
  [...fileSystem.files().values()].reduce((sum, { length }) => sum + length, 0);

testStorages(
  'whatever a crash leaves: all that was acknowledged is there, and nothing that was not appended',
  async () => {
    const lives = fc.array(session, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lives, async (sessions) => {
        const expectation = new Expectation();
        let fileSystem = faultyFileSystem();
        for (const session of sessions) {
          const random = seededRandom(session.seed);
          await live(fileSystem, expectation, session);
          fileSystem = session.end === 'kill' ? fileSystem.kill() : fileSystem.crash((ways) => random.below(ways));
          if (random.below(2) === 0) continue;
          fileSystem = await crashWhileOpening(fileSystem, random.below(8), (ways) => random.below(ways));
        }
        const log = await openLog({ directory, fileSystem });
        expectation.check(log.startOffset, await readAll(log));
        // What can be read is safe, even if the process that wrote it never got to sync it.
        const survived = fileSystem.crash(() => 0);
        await using again = await openLog({ directory, fileSystem: survived });
        expectation.check(again.startOffset, await readAll(again));
        assert.equal(again.endOffset, log.endOffset);
      }),
      { numRuns: Number(process.env.CRASH_RUNS ?? 300) },
    );
  },
);

async function crashWhileOpening(
  fileSystem: FaultyFileSystem,
  operations: number,
  choose: (ways: number) => number,
): Promise<FaultyFileSystem> {
  fileSystem.stopAt(operations);
  await openLog({ directory, fileSystem }).catch((error: unknown) => {
    assert.ok(!(error instanceof LogError && error.code === 'corrupt'), String(error));
  });
  return fileSystem.crash(choose);
}
