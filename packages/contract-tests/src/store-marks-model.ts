import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { DeadLetterMark, StoreItem } from '@sluice/core';
import fc from 'fast-check';
import {
  type CommandItem,
  deadLetterItem,
  inPartition,
  markItem,
  recordAt,
  rowItem,
  transactionItem,
} from './store-items.ts';
import type { StoreContractOptions, StoreUnderTest } from './store-under-test.ts';

/**
 * A command whose record is a dead letter at first. Each re-drive that stands is followed by one more record of it, which
 * fails again or not.
 */
interface Plan {
  readonly isDecidedOnce: boolean;
  readonly partition: number;
  /** By attempt: what is done with the dead letter first, and whether the next attempt succeeds. */
  readonly attempts: readonly { readonly first: 'redrive' | 'discard' | null; readonly succeeds: boolean }[];
}

const plans = fc.array(
  fc.record({
    isDecidedOnce: fc.boolean(),
    partition: fc.nat({ max: 1 }),
    attempts: fc.array(
      fc.record({
        first: fc.constantFrom('redrive', 'redrive', 'redrive', 'discard', null),
        succeeds: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  { minLength: 1, maxLength: 5 },
);

/** A log: by partition, the items in their order, as they are read while projections fail, and once they are mended. */
interface Log {
  readonly ids: readonly string[];
  readonly client: string;
  readonly control: readonly CommandItem[];
  readonly data: readonly (readonly { readonly item: StoreItem; readonly mended: StoreItem }[])[];
}

/** The same log every time but for its ids and its topic, so that one store can hold several. */
function logOf(planned: readonly Plan[], later: readonly ('redrive' | 'discard')[]): Log {
  const topic = `t-${randomUUID()}`;
  const client = `c-${randomUUID()}`;
  const ids = planned.map(() => randomUUID());
  const data: { item: StoreItem; mended: StoreItem }[][] = [[], []];
  const control: CommandItem[] = [];
  const marks: DeadLetterMark[] = [];
  // All first attempts, then all second ones: what is re-driven comes behind what was there.
  let pending = planned.map((plan, n) => ({
    plan,
    commandId: ids[n] ?? '',
    attempt: 0,
    redriveOf: undefined as string | undefined,
  }));
  while (pending.length > 0) {
    pending = pending.flatMap(({ plan, commandId, attempt, redriveOf }) => {
      const { partition } = plan;
      const records = data[partition] ?? [];
      const position = inPartition(partition, records.length);
      const record = recordAt(position, { topic, value: Buffer.from(`attempt ${attempt}`) });
      const before = plan.attempts[attempt - 1];
      const successful = commandOf(plan, commandId, client, record, redriveOf);
      if (before?.succeeds) {
        records.push({ item: successful, mended: successful });
        return [];
      }
      const detail = `attempt ${attempt} failed`;
      const failed = deadLetterItem(position, {
        commandId,
        record,
        detail,
        ...(redriveOf !== undefined && { redriveOf }),
      });
      const first = plan.attempts[attempt]?.first ?? null;
      // Where it is not marked, a mended projection would change what becomes of it.
      records.push({ item: failed, mended: first === null ? failed : successful });
      if (first === null) return [];
      const mark: DeadLetterMark = {
        commandId,
        topic,
        position,
        reason: 'schema-violation',
        detail: `marked: ${detail}`,
      };
      control.push(markItem(control.length, first, [mark]));
      marks.push(mark);
      if (first === 'discard') return [];
      return [
        {
          plan,
          commandId,
          attempt: attempt + 1,
          redriveOf: `${topic}/${partition}/${position.kind === 'offset' ? position.offset : ''}`,
        },
      ];
    });
  }
  for (const kind of later)
    control.push(
      markItem(
        control.length,
        kind,
        marks.map((mark) => ({ ...mark, detail: 'too late' })),
      ),
    );
  return { ids, client, control, data };
}

function commandOf(
  plan: Plan,
  id: string,
  client: string,
  record: CommandItem['record'],
  redriveOf: string | undefined,
): CommandItem {
  const insert = { kind: 'insert', table: 't', columns: [{ name: 'a', type: { kind: 'text' }, value: id }] } as const;
  const item = plan.isDecidedOnce ? transactionItem(0, client, [insert], { id }) : rowItem(0, { id });
  const identity = { ...item.identity, ...(redriveOf !== undefined && { redriveOf }) };
  return { ...item, identity, record };
}

/** All that is stored of a log, without what differs from log to log. */
async function contents({ store, clientTables }: StoreUnderTest, { ids, client }: Log): Promise<unknown> {
  const outcomes = new Map((await store.reader.outcomes(ids)).map((outcome) => [outcome.id, outcome]));
  const tables = await clientTables(client);
  const commands = await Promise.all(
    ids.map(async (id) => {
      const { id: _, topic: __, client: ___, stream: ____, ...outcome } = outcomes.get(id) ?? { id: '' };
      const dead = await store.reader.deadLetterById(id);
      const value = dead?.record.value?.toString() ?? null;
      const rows = tables.flatMap((table) => table.rows).filter(([text]) => text === id).length;
      return { outcome, dead: dead && { state: dead.state, detail: dead.detail, reason: dead.reason, value }, rows };
    }),
  );
  return commands;
}

async function apply({ store }: StoreUnderTest, items: readonly StoreItem[], group = 'g'): Promise<void> {
  if (items.length > 0) await store.writer.apply({ group, items, advance: null });
}

export function testMarksModel(open: StoreContractOptions['open']): void {
  describe('model of marks', () => {
    test('in whatever order partitions are read, the end is that of a rebuild, which reads the control stream first', async () => {
      await using tested = await open();
      const later = fc.array(fc.constantFrom('redrive' as const, 'discard' as const), { maxLength: 2 });
      const choices = fc.infiniteStream(fc.nat({ max: 2 }));
      let replaced = 0;
      await fc.assert(
        fc.asyncProperty(plans, later, choices, async (planned, afterwards, order) => {
          const rebuilt = logOf(planned, afterwards);
          await apply(tested, rebuilt.control);
          await Promise.all(
            rebuilt.data.map((partition) =>
              apply(
                tested,
                partition.map(({ mended }) => mended),
              ),
            ),
          );
          const wanted = await contents(tested, rebuilt);

          const live = logOf(planned, afterwards);
          const queues: StoreItem[][] = [
            [...live.control],
            ...live.data.map((partition) => partition.map(({ item }) => item)),
          ];
          for (let left = queues; left.length > 0; left = left.filter((queue) => queue.length > 0)) {
            const queue = left[(order.next().value ?? 0) % left.length] ?? [];
            await apply(tested, queue.splice(0, 1 + (order.next().value ?? 0)));
          }
          assert.deepEqual(await contents(tested, live), wanted);

          for (const partition of live.data)
            await apply(
              tested,
              partition.map(({ mended }) => mended),
              'h',
            );
          await apply(tested, live.control, 'h');
          assert.deepEqual(await contents(tested, live), wanted, 'a new group changes nothing');
          if (JSON.stringify(wanted).includes('"projected"')) replaced++;
        }),
        { numRuns: 60 },
      );
      assert.ok(replaced > 15, `${replaced} logs in which a successor was projected`);
    });
  });
}
