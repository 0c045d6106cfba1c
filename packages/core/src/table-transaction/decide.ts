import { quoted } from '../quoted.ts';
import { condense } from './condense.ts';
import { DraftCatalogue, type DraftTable } from './draft-catalogue.ts';
import { canonical, shownCell, typeRule } from './fits.ts';
import type { NetEffect, TransactionOutcome } from './net-effect.ts';
import type { DecidedCell, Step } from './step.ts';
import type {
  Activity,
  Catalogue,
  DeleteActivity,
  InsertActivity,
  TableTransaction,
  TypedCell,
} from './table-transaction.ts';

/** A message that names more is not read. */
const MAX_NAMES = 20;

/**
 * Decides each of one client's transactions in their order, all of it or nothing, and says what they come to together.
 * Pure: every store applies the same, and a replay decides the same. The time it takes grows with the number of steps,
 * times the number of sets of columns that the batch's deletes of one table ask for.
 * @param catalogue that client's tables before the first transaction; those that the transactions name are enough
 * @param transactions of one client, of commands that have no outcome yet, each once
 */
export function netEffect(catalogue: Catalogue, transactions: readonly TableTransaction[]): NetEffect {
  const draft = new DraftCatalogue(catalogue);
  const steps: Step[] = [];
  const outcomes = transactions.map(({ activities }): TransactionOutcome => {
    const before = steps.length;
    for (const activity of activities) {
      const detail = take(draft, activity, steps);
      if (detail === undefined) continue;
      draft.takeBack();
      steps.length = before;
      return { kind: 'rejected', detail };
    }
    draft.keep();
    return APPLIED;
  });
  return { outcomes, ...draft.changes(), ...condense(steps) };
}

const APPLIED = { kind: 'applied' } as const;

/** Why the activity cannot be done; undefined where its step is the last of `steps` now. */
function take(draft: DraftCatalogue, activity: Activity, steps: Step[]): string | undefined {
  switch (activity.kind) {
    case 'insert':
      return takeInsert(draft, activity, steps);
    case 'delete':
      return takeDelete(draft, activity, steps);
    default:
      return activity satisfies never;
  }
}

function takeInsert(
  draft: DraftCatalogue,
  { table: name, columns }: InsertActivity,
  steps: Step[],
): string | undefined {
  const table = draft.table(name) ?? draft.create(name);
  for (const column of columns) {
    if (table.typeOf(column.name) !== undefined) continue;
    const refusal = draft.addColumn(table, { name: column.name, type: column.type });
    if (refusal !== undefined) return refusal;
  }
  return takeStep('insert', table, columns, steps);
}

function takeDelete(
  draft: DraftCatalogue,
  { table: name, predicates }: DeleteActivity,
  steps: Step[],
): string | undefined {
  const table = draft.table(name);
  if (table === undefined) return `Table ${quoted(name)} does not exist`;
  const missing = predicates.filter((predicate) => table.typeOf(predicate.name) === undefined);
  if (missing.length > 0) return `Column ${listed(missing)} does not exist in table ${quoted(name)}`;
  return takeStep('delete', table, predicates, steps);
}

function takeStep(
  kind: Step['kind'],
  table: DraftTable,
  given: readonly TypedCell[],
  steps: Step[],
): string | undefined {
  const cells: DecidedCell[] = [];
  for (const { name, type: declared, value } of given) {
    const type = table.typeOf(name) ?? declared;
    const text = canonical(type, value);
    if (text === undefined) {
      return `Column ${quoted(name)} of table ${quoted(table.name)} must ${typeRule(type)}, got ${shownCell(value)}`;
    }
    cells.push({ name, type, text });
  }
  steps.push({ kind, table, cells });
  return undefined;
}

function listed(cells: readonly TypedCell[]): string {
  const names = cells.slice(0, MAX_NAMES).map(({ name }) => quoted(name));
  return cells.length > MAX_NAMES ? `${names.join(', ')} and ${cells.length - MAX_NAMES} more` : names.join(', ');
}
