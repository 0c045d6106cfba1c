import {
  type ApplyOutcome,
  type CommandRow,
  type DeadLetterItem,
  type Effect,
  type EffectsItem,
  type PositionAdvance,
  partitionKey,
  placeText,
  type RowEffect,
  SluiceError,
  type StoreBatch,
  type StoredPosition,
  type StoreItem,
  type StoreWriter,
} from '@sluice/core';
import { decide } from './decide.ts';
import { outcomeOf, stateOf } from './reader.ts';
import { type Mark, positionKey, type Stored, type Tables } from './tables.ts';

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
    const seen = new Set<string>();
    const outcomes = items.map((item): ApplyOutcome => {
      const commandId = commandIdOf(item);
      // Of several items with one command id the first of the batch decides.
      if (seen.has(commandId)) return KNOWN;
      seen.add(commandId);
      return this.#applyItem(this.#withMarkObeyed(item));
    });
    for (const watcher of this.#tables.watchers) watcher();
    return outcomes;
  }

  async positions(group: string): Promise<readonly StoredPosition[]> {
    return [...this.#tables.positions.values()]
      .filter((position) => position.group === group)
      .map(({ group: _, ...position }) => position);
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

  /** The record at a marked place is a dead letter, whatever it would be read as today. */
  #withMarkObeyed(item: StoreItem): StoreItem {
    const { topic, position } = recordOf(item);
    const mark = this.#tables.marks.get(placeText(topic, position));
    return mark ? marked(item, mark) : item;
  }

  #applyItem(item: StoreItem): ApplyOutcome {
    const commandId = commandIdOf(item);
    if (this.#tables.deadLetters.has(commandId) && !this.#replaces(item)) return KNOWN;
    this.#tables.deadLetters.delete(commandId);
    if (item.kind === 'effects') return this.#applyEffects(item);
    if (outcomeOf(this.#tables, commandId)) return KNOWN;
    this.#tables.deadLetters.set(commandId, item.deadLetter);
    return { kind: 'dead-lettered' };
  }

  /** Whether the item decides anew about a command that was dead-lettered. */
  #replaces(item: StoreItem): boolean {
    const before = this.#tables.deadLetters.get(commandIdOf(item));
    if (!before) return false;
    const place = placeText(before.record.topic, before.record.position);
    const state = stateOf(this.#tables, before);
    switch (state) {
      case 'kept':
        return item.kind === 'effects' && placeText(item.record.topic, item.record.position) === place;
      case 'redriven':
        return (item.kind === 'effects' ? item.identity.redriveOf : item.redriveOf) === place;
      case 'discarded':
        return false;
      default:
        return state satisfies never;
    }
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
    return true;
  }

  #rowsOf(table: RowEffect['table']): Map<string, Stored<CommandRow>> {
    const { timestampRecords, activityEvents, events } = this.#tables;
    const byName = { timestamp_records: timestampRecords, activity_events: activityEvents, events };
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
    if (effect.kind === 'discard') this.#empty(effect.deadLetters.map((one) => placeText(one.topic, one.position)));
    return outcome.kind === 'applied' ? PROJECTED : outcome;
  }

  /** Takes the bytes of discarded dead letters away. */
  #empty(places: readonly string[]): void {
    for (const [id, deadLetter] of this.#tables.deadLetters) {
      const { topic, position } = deadLetter.record;
      if (!places.includes(placeText(topic, position)) || stateOf(this.#tables, deadLetter) !== 'discarded') continue;
      this.#tables.deadLetters.set(id, withoutBytes(deadLetter));
    }
  }
}

const KNOWN: ApplyOutcome = { kind: 'known' };
const PROJECTED: ApplyOutcome = { kind: 'projected' };

const commandIdOf = (item: StoreItem): string =>
  item.kind === 'effects' ? item.identity.commandId : item.deadLetter.commandId;

const recordOf = (item: StoreItem): EffectsItem['record'] =>
  item.kind === 'effects' ? item.record : item.deadLetter.record;

function marked(item: StoreItem, { decision, reason, detail }: Mark): DeadLetterItem {
  const given = item.kind === 'dead-letter' ? item : deadLetterOf(item);
  const deadLetter = { ...given.deadLetter, reason, detail };
  return { ...given, deadLetter: decision === 'discard' ? withoutBytes(deadLetter) : deadLetter };
}

function deadLetterOf({ stream, identity, record }: EffectsItem): DeadLetterItem {
  const { commandId, client, time, redriveOf } = identity;
  const deadLetter = { commandId, stream, client, reason: 'unstorable', detail: '', createdAt: time, record } as const;
  return { kind: 'dead-letter', deadLetter, ...(redriveOf !== undefined && { redriveOf }) };
}

const withoutBytes = (deadLetter: DeadLetterItem['deadLetter']): DeadLetterItem['deadLetter'] => ({
  ...deadLetter,
  record: { ...deadLetter.record, key: null, value: null, headers: [] },
});

/** What PostgreSQL's text cannot hold is refused here too; a dead letter is stored whatever it holds. */
function requireStorable(item: StoreItem): void {
  if (item.kind === 'dead-letter') return;
  for (const effect of item.effects) {
    if (effect.kind !== 'row') continue;
    for (const [name, value] of Object.entries(effect.row)) {
      if (typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))) continue;
      throw new SluiceError(
        'invalid-data',
        `${name} must be text without NUL or half a surrogate pair, got ${JSON.stringify(value.slice(0, 100))}`,
      );
    }
  }
}
