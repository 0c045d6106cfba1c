import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { ApplyOutcome, StoreItem } from '@sluice/core';
import fc from 'fast-check';
import { asMessage, deadLetterItem, inPartition, rowItem } from './store-items.ts';
import type { StoreContractOptions, StoreUnderTest } from './store-under-test.ts';

/** The rules in their shortest form: what each command id is, and where it was dead-lettered. */
class Model {
  readonly rows = new Map<string, string>();
  readonly deadLetters = new Map<string, string>();

  apply(item: StoreItem): ApplyOutcome['kind'] {
    const { record } = item.kind === 'effects' ? item : item.deadLetter;
    const commandId = commandIdOf(item);
    const place = JSON.stringify(record.position);
    if (this.rows.has(commandId)) return 'known';
    const buriedAt = this.deadLetters.get(commandId);
    if (item.kind === 'dead-letter') {
      if (buriedAt !== undefined) return 'known';
      this.deadLetters.set(commandId, place);
      return 'dead-lettered';
    }
    if (buriedAt !== undefined && buriedAt !== place) return 'known';
    this.deadLetters.delete(commandId);
    this.rows.set(commandId, place);
    return 'projected';
  }
}

const commandIdOf = (item: StoreItem): string =>
  item.kind === 'effects' ? item.identity.commandId : item.deadLetter.commandId;

const PLACES = [inPartition(0, 0), inPartition(0, 1), inPartition(1, 0), asMessage('m')];

const draws = fc.array(
  fc.array(
    fc.record({
      id: fc.nat({ max: 7 }),
      place: fc.nat({ max: PLACES.length - 1 }),
      isDead: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  { minLength: 1, maxLength: 8 },
);

export function testModel(open: StoreContractOptions['open']): void {
  describe('model', () => {
    test('batches of all kinds end as the rules say', async () => {
      await using tested = await open();
      // Within one batch the first item of a command decides, also where the model would redeem a dead letter at once.
      await fc.assert(
        fc.asyncProperty(draws, async (batches) => {
          const ids = Array.from({ length: 8 }, () => randomUUID());
          const model = new Model();
          for (const batch of batches) {
            const items = batch.map(({ id, place, isDead }) => {
              const at = PLACES[place] ?? 0;
              const commandId = ids[id] ?? randomUUID();
              return isDead ? deadLetterItem(at, { commandId }) : rowItem(at, { id: commandId });
            });
            const seen = new Set<string>();
            const expected = items.map((item) => {
              const commandId = commandIdOf(item);
              if (seen.has(commandId)) return 'known';
              seen.add(commandId);
              return model.apply(item);
            });
            const outcomes = await tested.store.writer.apply({ group: 'g', items, advance: null });
            assert.deepEqual(
              outcomes.map(({ kind }) => kind),
              expected,
            );
          }
          await assertHolds(tested, model, new Set(ids));
        }),
        { numRuns: 50 },
      );
    });
  });
}

async function assertHolds(tested: StoreUnderTest, model: Model, ids: ReadonlySet<string>): Promise<void> {
  const rows = (await tested.rows()).filter(({ id }) => ids.has(id));
  assert.deepEqual(new Map(rows.map(({ id, position }) => [id, JSON.stringify(position)])), model.rows);
  const deadLetters = (await tested.deadLetters()).filter(({ commandId }) => ids.has(commandId));
  assert.deepEqual(
    new Map(deadLetters.map(({ commandId, record }) => [commandId, JSON.stringify(record.position)])),
    model.deadLetters,
  );
}
