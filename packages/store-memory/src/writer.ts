import {
  type ApplyOutcome,
  type CommandRow,
  type Effect,
  type EffectsItem,
  itemCommandId,
  obeying,
  type PositionAdvance,
  partitionKey,
  placeText,
  type RowEffect,
  replacesDeadLetter,
  SluiceError,
  type StandingItem,
  type StoreBatch,
  type StoredPosition,
  type StoreItem,
  type StoreWriter,
  standingItems,
} from '@sluice/core';
import { decide } from './decide.ts';
import { outcomeOf, stateOf } from './reader.ts';
import { positionKey, positionsOf, type Stored, type Tables } from './tables.ts';

/** Nothing in it waits, so a batch is done before anybody else has a turn. */
export class MemoryWriter implements StoreWriter {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  async apply({ group, advance, ...batch }: StoreBatch): Promise<readonly ApplyOutcome[]> {
    const items = [...batch.items];
    if (advance) this.#requirePosition(group, advance);
    for (const item of items) requireStorable(item);
    if (advance) this.#tables.positions.set(positionKey(group, advance.to), { ...advance.to, group });
    // Marks of this very batch are for what comes after it.
    const marks = new Map(this.#tables.marks);
    const obedient = obeying(items, marks);
    const standing = standingItems(obedient, marks);
    const outcomes = new Map(standing.map((one) => [one.item, this.#applyItem(one)]));
    const told = obedient.map((item): ApplyOutcome => {
      const outcome = outcomes.get(item) ?? KNOWN;
      outcomes.delete(item);
      return outcome;
    });
    for (const watcher of this.#tables.watchers) watcher();
    return told;
  }

  async positions(group: string): Promise<readonly StoredPosition[]> {
    return positionsOf(this.#tables, group);
  }

  async furthestPositions(topics: readonly string[]): Promise<readonly StoredPosition[]> {
    const furthest = new Map<string, StoredPosition>();
    for (const { group: _, ...position } of this.#tables.positions.values()) {
      const known = furthest.get(partitionKey(position));
      if (!topics.includes(position.topic) || (known && known.nextOffset >= position.nextOffset)) continue;
      furthest.set(partitionKey(position), position);
    }
    return [...furthest.values()];
  }

  #requirePosition(group: string, { from, to }: PositionAdvance): void {
    const stored = this.#tables.positions.get(positionKey(group, to))?.nextOffset ?? null;
    if (stored === from) return;
    throw new SluiceError(
      'position-conflict',
      `the stored position of group ${group} in ${partitionKey(to)} must be ${from ?? 'absent'}, and it is ${stored ?? 'absent'}`,
    );
  }

  #applyItem({ item, chain }: StandingItem): ApplyOutcome {
    const commandId = itemCommandId(item);
    const before = this.#tables.deadLetters.get(commandId);
    if (before) {
      const { topic, position } = before.record;
      const buried = { place: placeText(topic, position), state: stateOf(this.#tables, before) };
      if (!chain.some((one) => replacesDeadLetter(one, buried))) return KNOWN;
    }
    this.#tables.deadLetters.delete(commandId);
    if (item.kind === 'effects') return this.#applyEffects(item);
    if (outcomeOf(this.#tables, commandId)) return KNOWN;
    this.#tables.deadLetters.set(commandId, item.deadLetter);
    return { kind: 'dead-lettered' };
  }

  #applyEffects(item: EffectsItem): ApplyOutcome {
    const { effects, record, identity } = item;
    if (effects.length === 0) return PROJECTED;
    let outcome: ApplyOutcome = KNOWN;
    for (const effect of effects) {
      if (effect.kind === 'row') {
        if (this.#insert(effect, record)) outcome = PROJECTED;
      } else if (!this.#tables.decisions.has(identity.commandId)) {
        outcome = this.#decide(item, effect);
      }
    }
    return outcome;
  }

  #insert({ table, row }: RowEffect, { topic, position }: EffectsItem['record']): boolean {
    const rows = this.#rowsOf(table);
    if (rows.has(row.id)) return false;
    rows.set(row.id, { ...row, topic, position });
    if (table === 'markers') this.#forgetOldMarkers();
    return true;
  }

  /** Those that are a day older than the newest, by their own time. */
  #forgetOldMarkers(): void {
    const { markers } = this.#tables;
    const times = new Map([...markers.values()].map(({ id, createdAt }) => [id, Date.parse(createdAt)]));
    const newest = Math.max(...times.values());
    for (const [id, time] of times) if (time < newest - DAY_MS) markers.delete(id);
  }

  #rowsOf(table: RowEffect['table']): Map<string, Stored<CommandRow>> {
    const { timestampRecords, activityEvents, events, markers } = this.#tables;
    const byName = { timestamp_records: timestampRecords, activity_events: activityEvents, events, markers };
    return byName[table] as Map<string, Stored<CommandRow>>;
  }

  #decide(item: EffectsItem, effect: Exclude<Effect, { kind: 'row' }>): ApplyOutcome {
    const { stream, identity, record } = item;
    const outcome = decide(this.#tables, item, effect);
    const { commandId: id, client, time: createdAt } = identity;
    const { topic, position } = record;
    const about = { id, stream, client, createdAt, topic, position };
    this.#tables.decisions.set(
      id,
      outcome.kind === 'applied'
        ? { ...about, status: 'projected' }
        : { ...about, status: 'rejected', detail: outcome.detail },
    );
    return outcome.kind === 'applied' ? PROJECTED : outcome;
  }
}

const DAY_MS = 86_400_000;
const KNOWN: ApplyOutcome = { kind: 'known' };
const PROJECTED: ApplyOutcome = { kind: 'projected' };

/** What PostgreSQL's text cannot hold is refused here too; a dead letter is stored whatever it holds. */
function requireStorable(item: StoreItem): void {
  if (item.kind === 'dead-letter') return;
  for (const [name, value] of item.effects.flatMap(valuesOf)) {
    if (typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))) continue;
    throw new SluiceError(
      'invalid-data',
      `${name} must be text without NUL or half a surrogate pair, got ${JSON.stringify(value.slice(0, 100))}`,
    );
  }
}

/** What a stranger has put into an effect, by name. */
function valuesOf(effect: Effect): readonly (readonly [name: string, value: unknown])[] {
  switch (effect.kind) {
    case 'row':
      return Object.entries(effect.row);
    case 'registration':
      return Object.entries(effect);
    case 'table-transaction':
      return effect.transaction.activities
        .flatMap((activity) => (activity.kind === 'insert' ? activity.columns : activity.predicates))
        .map(({ name, value }) => [name, value]);
    case 'redrive':
    case 'discard':
      return effect.deadLetters.map(({ detail }) => ['detail', detail]);
    default:
      return effect satisfies never;
  }
}
