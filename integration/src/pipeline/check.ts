import assert from 'node:assert/strict';
import { waitFor } from '@sluice/testing';
import type { Ledger } from './ledger.ts';
import { Log } from './log.ts';
import { Stored } from './stored.ts';

/** Where to look. */
export interface Place {
  readonly brokerAddress: string;
  readonly databaseUrl: string;
  readonly topic: string;
  readonly group: string;
}

/** Resolves when the store's positions are the ends of the log. */
export async function caughtUp({ brokerAddress, topic, group, databaseUrl }: Place, as = group): Promise<void> {
  const log = new Log(brokerAddress, topic);
  const stored = new Stored(databaseUrl);
  await waitFor(
    'the store to be where the log ends',
    async () => {
      const [ends, positions] = await Promise.all([log.ends(), stored.positions(as, topic)]);
      return [...ends].every(([partition, end]) => (positions.get(partition) ?? 0) === end);
    },
    { timeoutMs: 60_000, intervalMs: 50 },
  );
}

/** Every acknowledged command is in the store, once and as it was sent, and nothing else is. */
export async function requireExactly({ databaseUrl }: Pick<Place, 'databaseUrl'>, ledger: Ledger): Promise<void> {
  const stored = new Stored(databaseUrl);
  const violations = ledger.violations(await stored.timestamps());
  assert.deepEqual(violations.slice(0, 5), [], `${violations.length} violations`);
  assert.deepEqual(await stored.deadLetters(), []);
  assert.ok(ledger.acknowledged > 0, 'nothing was acknowledged, so nothing was checked');
}
