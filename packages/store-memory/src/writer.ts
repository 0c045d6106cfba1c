import {
  type ApplyOutcome,
  type BrokerRecord,
  type PositionAdvance,
  partitionKey,
  SluiceError,
  type StoreBatch,
  type StoredPosition,
  type StoreItem,
  type StoreWriter,
} from '@sluice/core';
import { positionKey, type Tables } from './tables.ts';

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
    return items.map((item) => {
      const { commandId } = item.kind === 'effects' ? item : item.deadLetter;
      // Of several items with one command id the first of the batch decides.
      if (seen.has(commandId)) return { kind: 'known' };
      seen.add(commandId);
      return this.#applyItem(item);
    });
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

  #applyItem(item: StoreItem): ApplyOutcome {
    const { rows, deadLetters } = this.#tables;
    if (item.kind === 'dead-letter') {
      const { commandId } = item.deadLetter;
      if (rows.has(commandId) || deadLetters.has(commandId)) return { kind: 'known' };
      deadLetters.set(commandId, item.deadLetter);
      return { kind: 'dead-lettered' };
    }
    const { commandId, record, effects } = item;
    const deadLetter = deadLetters.get(commandId);
    if (deadLetter && !isSamePlace(deadLetter.record, record)) return { kind: 'known' };
    deadLetters.delete(commandId);
    if (rows.has(commandId)) return { kind: 'known' };
    for (const { row } of effects) rows.set(row.id, { ...row, topic: record.topic, position: record.position });
    return { kind: 'projected' };
  }
}

/** What PostgreSQL's text cannot hold is refused here too; a dead letter is stored whatever it holds. */
function requireStorable(item: StoreItem): void {
  if (item.kind === 'dead-letter') return;
  for (const { row } of item.effects) {
    if (row.client.isWellFormed() && !row.client.includes('\0')) continue;
    throw new SluiceError(
      'invalid-data',
      `client must be text without NUL or half a surrogate pair, got ${JSON.stringify(row.client.slice(0, 100))}`,
    );
  }
}

function isSamePlace(a: BrokerRecord, b: BrokerRecord): boolean {
  if (a.topic !== b.topic) return false;
  if (a.position.kind === 'message')
    return b.position.kind === 'message' && a.position.messageId === b.position.messageId;
  return (
    b.position.kind === 'offset' &&
    a.position.partition === b.position.partition &&
    a.position.offset === b.position.offset
  );
}
