import assert from 'node:assert/strict';
import { waitFor } from '@sluice/testing';
import type { BrokerPlace } from '../environments/environment.ts';
import type { Ledger } from './ledger.ts';
import { openLog } from './open-log.ts';
import { Stored } from './stored.ts';

/** Where to look. */
export interface Place extends BrokerPlace {
  readonly databaseUrl: string;
  readonly topic: string;
  readonly group: string;
}

/** Resolves when the group has projected everything that lies in the topic. */
export async function caughtUp(
  { brokerKind, brokerAddress, topic, group, databaseUrl }: Place,
  as = group,
): Promise<void> {
  const log = openLog({ brokerKind, brokerAddress }, topic);
  const stored = new Stored(databaseUrl);
  await waitFor('the store to be where the log ends', () => log.isProjected(stored, as), {
    timeoutMs: 60_000,
    intervalMs: 50,
  });
}

/** Every acknowledged command is in the store, once and as it was sent, and nothing else is. */
export async function requireExactly({ databaseUrl }: Pick<Place, 'databaseUrl'>, ledger: Ledger): Promise<void> {
  const stored = new Stored(databaseUrl);
  const violations = ledger.violations(await stored.timestamps());
  assert.deepEqual(violations.slice(0, 5), [], `${violations.length} violations`);
  assert.deepEqual(await stored.deadLetters(), []);
  assert.ok(ledger.acknowledged > 0, 'nothing was acknowledged, so nothing was checked');
}
