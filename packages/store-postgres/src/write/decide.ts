import type { Effect, EffectsItem } from '@sluice/core';
import type { PoolClient } from 'pg';
import { applyTransactions, isLockTableFull, lockClients, refused } from '../client-tables/transactions.ts';
import { LOCKS } from '../schema.ts';
import { applyMarks, applyRegistration } from './control.ts';
import { type Decision, insertDecisions, undecided } from './decisions.ts';

const LOCK_CONTROL = `select pg_advisory_xact_lock(${LOCKS.space}, ${LOCKS.control})`;

/**
 * Does what the commands ask for that were not decided before, in their order, and notes what each came to, by command id.
 * @throws SluiceError `invalid-data`
 */
export async function decideNew(
  client: PoolClient,
  all: readonly EffectsItem[],
): Promise<ReadonlyMap<string, Decision>> {
  if (all.length === 0) return new Map();
  try {
    return await decide(client, all);
  } catch (error) {
    // Each client and each table is locked until the commit, and a batch may have thousands: fewer of them go in.
    throw all.length > 1 && isLockTableFull(error) ? refused(error) : error;
  }
}

async function decide(client: PoolClient, all: readonly EffectsItem[]): Promise<ReadonlyMap<string, Decision>> {
  // Before anybody asks what was decided: who decides the same command at the same time is waited for.
  await lockClients(client, all);
  if (all.some(({ effects }) => effects.some(isControl))) await client.query(LOCK_CONTROL);
  const items = await undecided(client, all);
  const decisions = new Map(await applyTransactions(client, items));
  const commands = items.flatMap((item) => item.effects.filter(isControl).map((effect) => ({ item, effect })));
  for (const { item, effect } of commands) {
    const decision =
      effect.kind === 'registration'
        ? await applyRegistration(client, item, effect)
        : await applyMarks(client, item, effect);
    decisions.set(item.identity.commandId, decision);
  }
  await insertDecisions(client, items, decisions);
  return decisions;
}

type ControlEffect = Extract<Effect, { kind: 'registration' | 'redrive' | 'discard' }>;

function isControl(effect: Effect): effect is ControlEffect {
  switch (effect.kind) {
    case 'registration':
    case 'redrive':
    case 'discard':
      return true;
    case 'row':
    case 'table-transaction':
      return false;
    default:
      return effect satisfies never;
  }
}
