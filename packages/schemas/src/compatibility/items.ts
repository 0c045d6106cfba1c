import { itemRules } from '../client-schema/dialect.ts';
import type { JsonObject } from '../json/canonical-json.ts';
import type { JsonValue } from '../json/strict-json.ts';
import type { OlderSchema, View } from './older.ts';

/** What the older version says about the item at an index, and about those in a branch. */
export function itemView(older: OlderSchema, view: View, index: number): View {
  const said = (source: JsonObject): JsonValue[] => {
    const { prefix, rest } = itemRules(source, older.dialect);
    const schema = prefix[index] ?? rest;
    return schema === undefined ? [] : [schema];
  };
  const sources = [...view.parts, ...view.hints];
  // A constant's items are known as `items` in whatever dialect, and stand for all indexes.
  const elsewhere = sources.flatMap((source) => [source.items, source.contains, source.unevaluatedItems]);
  const hinted = [...view.hints.flatMap(said), ...elsewhere.filter((schema) => schema !== undefined)];
  return older.view(view.parts.flatMap(said), hinted);
}

/** After how many items an older part says the same about all that follow. */
export const longestPrefix = (older: OlderSchema, { parts, hints }: View): number =>
  Math.max(0, ...[...parts, ...hints].map((source) => itemRules(source, older.dialect).prefix.length));
