import {
  collisionName,
  type DeadLetterMark,
  type Effect,
  type EffectsItem,
  type PlaceMark,
  placeText,
  quoted,
  type RegistrationEffect,
  type TransactionOutcome,
  withoutBytes,
} from '@sluice/core';
import { applyTransaction, type ClientTables } from './client-tables.ts';
import type { Tables } from './tables.ts';

type DecidedEffect = Exclude<Effect, { kind: 'row' }>;

/** Does what a command asks for that is decided once. */
export function decide(tables: Tables, item: EffectsItem, effect: DecidedEffect): TransactionOutcome {
  switch (effect.kind) {
    case 'table-transaction':
      return applyTransaction(clientTables(tables, effect.transaction.client), effect.transaction);
    case 'registration':
      return register(tables, item, effect);
    case 'redrive':
    case 'discard':
      for (const one of effect.deadLetters) mark(tables, effect.kind, one);
      return APPLIED;
    default:
      return effect satisfies never;
  }
}

const APPLIED = { kind: 'applied' } as const;

function clientTables(tables: Tables, client: string): ClientTables {
  const own = tables.clientTables.get(client) ?? new Map();
  tables.clientTables.set(client, own);
  return own;
}

/** The first mark of a place stands, and its dead letter is what a rebuild makes of it from here on. */
function mark({ marks, deadLetters }: Tables, decision: PlaceMark['decision'], given: DeadLetterMark): void {
  const { commandId, topic, position, reason, detail } = given;
  const place = placeText(topic, position);
  if (marks.has(place)) return;
  marks.set(place, { decision, commandId, reason, detail });
  for (const [id, one] of deadLetters) {
    if (placeText(one.record.topic, one.record.position) !== place) continue;
    const marked = { ...one, reason, detail };
    deadLetters.set(id, decision === 'discard' ? withoutBytes(marked) : marked);
  }
}

function register(
  { schemaVersions }: Tables,
  { identity }: EffectsItem,
  effect: RegistrationEffect,
): TransactionOutcome {
  const { kind: _, base, ...registration } = effect;
  const { client, event, topic } = registration;
  const latest = schemaVersions.filter((one) => one.client === client && one.event === event).length;
  if (latest !== base) {
    return { kind: 'rejected', detail: `stream ${topic} must be at version ${base}, and it is at ${latest}` };
  }
  const other = schemaVersions.find((one) => collisionName(one.topic) === collisionName(topic));
  if (base === 0 && other) {
    return { kind: 'rejected', detail: `the topic ${quoted(topic)} collides with ${quoted(other.topic)}` };
  }
  const { commandId, time } = identity;
  schemaVersions.push({ ...registration, version: base + 1, registeredAt: time, commandId });
  return APPLIED;
}
