import {
  type Activity,
  type Cell,
  type ColumnType,
  canonical,
  type DeleteActivity,
  quoted,
  type TypedCell,
  typeRule,
} from '@sluice/core';
import { type JsonValue, received, type Violation } from '@sluice/schemas';
import { isJsonObject, type JsonObject } from '../json-object.ts';
import { columnNameRule, tableNameRule } from './names.ts';
import { MAX_ACTIVITIES, MAX_CELLS, MAX_DELETE_SHAPES } from './schema.ts';
import { COLUMN_TYPE_RULE, columnTypeOf, isDeclaredText } from './types.ts';

/** What a table transaction's value says. */
export type ReadActivities =
  | { readonly kind: 'activities'; readonly activities: readonly Activity[] }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[] };

/** Whoever gets this many wrong learns nothing from more. */
const MAX_VIOLATIONS = 20;

/**
 * Reads the value of a table transaction strictly: everything that `TABLE_TRANSACTION_SCHEMA` asks for and what it cannot
 * say. Further keys are ignored wherever they are. Of what is wrong, the first 20 are told, in the order of the value.
 * @param value strict JSON
 */
export function readActivities(value: JsonValue): ReadActivities {
  const faults = new Faults();
  const activities = readAll(value, faults);
  return faults.none ? { kind: 'activities', activities } : { kind: 'invalid', violations: faults.violations };
}

/** What is wrong so far. Where a reader has found something wrong, what it gives back is never looked at. */
class Faults {
  readonly violations: Violation[] = [];

  get none(): boolean {
    return this.violations.length === 0;
  }

  get enough(): boolean {
    return this.violations.length >= MAX_VIOLATIONS;
  }

  add(pointer: string, rule: string, value: JsonValue | undefined): void {
    if (!this.enough) this.violations.push({ pointer, detail: `must ${rule}, got ${received(value)}` });
  }
}

function readAll(value: JsonValue, faults: Faults): readonly Activity[] {
  if (!isJsonObject(value)) {
    faults.add('', 'be an object', value);
    return [];
  }
  const given = value.activities;
  if (!isArray(given) || given.length > MAX_ACTIVITIES) {
    faults.add('/activities', `be an array of at most ${MAX_ACTIVITIES} activities`, given);
    return [];
  }
  const activities: Activity[] = [];
  const shapes = new Set<string>();
  for (const [index, item] of given.entries()) {
    const pointer = `/activities/${index}`;
    const activity = readActivity(item, pointer, faults);
    if (activity) activities.push(activity);
    if (activity?.kind === 'delete') readShape(activity, shapes, pointer, faults);
    if (faults.enough) break;
  }
  return activities;
}

function readActivity(given: JsonValue, pointer: string, faults: Faults): Activity | undefined {
  if (!isJsonObject(given)) {
    faults.add(pointer, 'be an object', given);
    return undefined;
  }
  const { operation } = given;
  const table = readTable(given.table, pointer, faults);
  switch (operation) {
    case 'insert':
      return { kind: 'insert', table, columns: readCells(given, pointer, faults) };
    case 'delete':
      return { kind: 'delete', table, predicates: readPredicates(given.value_to_delete, pointer, faults) };
    default:
      faults.add(`${pointer}/operation`, 'be "insert" or "delete"', operation);
      return undefined;
  }
}

/** @param shapes the tables and sets of columns of the deletes before it; its own is added */
function readShape({ table, predicates }: DeleteActivity, shapes: Set<string>, pointer: string, faults: Faults): void {
  const columns = predicates.map(({ name, value }) => (value === null ? `${name} is null` : name));
  shapes.add([table, ...columns.sort()].join('/'));
  if (shapes.size <= MAX_DELETE_SHAPES) return;
  const rule = `be one of at most ${MAX_DELETE_SHAPES} different sets of columns that a transaction deletes by`;
  faults.add(
    `${pointer}/value_to_delete/col_names`,
    rule,
    predicates.map(({ name }) => name),
  );
}

function readTable(given: JsonValue | undefined, pointer: string, faults: Faults): string {
  const table = typeof given === 'string' ? given : '';
  const rule = tableNameRule(table);
  if (rule !== undefined) faults.add(`${pointer}/table`, rule, given);
  return table;
}

function readPredicates(given: JsonValue | undefined, pointer: string, faults: Faults): readonly TypedCell[] {
  const inside = `${pointer}/value_to_delete`;
  if (isJsonObject(given)) return readCells(given, inside, faults);
  faults.add(inside, 'be an object', given);
  return [];
}

function readCells(given: JsonObject, pointer: string, faults: Faults): readonly TypedCell[] {
  const names = readArray(given.col_names, 'col_names', pointer, faults);
  const types = readArray(given.col_types, 'col_types', pointer, faults);
  const values = readArray(given.col_values, 'col_values', pointer, faults);
  if (names) readNames(names, pointer, faults);
  const columnTypes = types && readTypes(types, pointer, faults);
  if (!(names && types && columnTypes && values)) return [];
  sameLength(types, 'col_types', names, pointer, faults);
  sameLength(values, 'col_values', names, pointer, faults);
  const cells: TypedCell[] = [];
  for (const [index, value] of values.entries()) {
    const type = columnTypes[index];
    if (type && !(isCell(value) && canonical(type, value) !== undefined)) {
      faults.add(`${pointer}/col_values/${index}`, valueRule(type, types[index]), value);
    }
    const name = names[index];
    if (type && typeof name === 'string') cells.push({ name, type, value: isCell(value) ? value : null });
    if (faults.enough) break;
  }
  return cells;
}

function readArray(
  given: JsonValue | undefined,
  key: string,
  pointer: string,
  faults: Faults,
): readonly JsonValue[] | undefined {
  if (isArray(given) && given.length >= 1 && given.length <= MAX_CELLS) return given;
  faults.add(`${pointer}/${key}`, `be an array of 1 to ${MAX_CELLS} elements`, given);
  return undefined;
}

function sameLength(
  given: readonly JsonValue[],
  key: string,
  names: readonly JsonValue[],
  pointer: string,
  faults: Faults,
): void {
  if (given.length === names.length) return;
  faults.add(`${pointer}/${key}`, `have one element for each of col_names, which are ${names.length}`, given);
}

function readNames(given: readonly JsonValue[], pointer: string, faults: Faults): void {
  const folded = new Set<string>();
  for (const [index, name] of given.entries()) {
    const rule = typeof name === 'string' ? nameRule(name, folded) : 'be a string';
    if (rule !== undefined) faults.add(`${pointer}/col_names/${index}`, rule, name);
    if (faults.enough) return;
  }
}

/** @param folded the names before it, in lower case; this one is added */
function nameRule(name: string, folded: Set<string>): string | undefined {
  const rule = columnNameRule(name);
  if (rule !== undefined) return rule;
  const inLowerCase = name.toLowerCase();
  if (folded.has(inLowerCase)) return 'be another column than those before it, in more than case';
  folded.add(inLowerCase);
  return undefined;
}

function readTypes(given: readonly JsonValue[], pointer: string, faults: Faults): readonly (ColumnType | undefined)[] {
  return given.map((declared, index) => {
    const type = typeof declared === 'string' ? columnTypeOf(declared) : undefined;
    if (type !== undefined) return type;
    faults.add(
      `${pointer}/col_types/${index}`,
      typeof declared === 'string' ? COLUMN_TYPE_RULE : 'be a string',
      declared,
    );
    return undefined;
  });
}

function valueRule(type: ColumnType, declared: JsonValue | undefined): string {
  const rule = typeRule(type);
  const isKeptAsText = type.kind === 'text' && typeof declared === 'string' && !isDeclaredText(declared);
  return isKeptAsText ? `${rule}, since ${quoted(declared)} is kept as text` : rule;
}

const isArray = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

const isCell = (value: JsonValue): value is Cell => typeof value !== 'object' || value === null;
