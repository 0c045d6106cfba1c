import { itemRules } from '../client-schema/dialect.ts';
import type { JsonObject } from '../json/canonical-json.ts';
import { numbersOf } from './bounds.ts';
import { countRule } from './counts.ts';
import { itemView, longestPrefix } from './items.ts';
import type { Place, Rule } from './prover.ts';

const uniqueRule: Rule = ({ view, types, schema, path }, prover) => {
  if (!types.has('array') || schema.uniqueItems !== true) return undefined;
  if (view.parts.some((part) => part.uniqueItems === true) || numbersOf(view, 'maxItems').some((most) => most <= 1))
    return undefined;
  return prover.breach([...path, 'uniqueItems'], 'must not be asked for where the older schema does not, got true');
};

const itemsRule: Rule = ({ view, types, schema, path }, prover) => {
  if (!types.has('array')) return undefined;
  const { prefix, prefixKeyword, rest, restKeyword } = itemRules(schema, prover.dialect);
  // One index beyond all lists stands for all that follow.
  const last = Math.max(prefix.length, longestPrefix(prover.older, view));
  const end = Math.min(rest === undefined ? prefix.length : last + 1, ...numbersOf(view, 'maxItems'));
  for (let index = 0; index < end; index++) {
    const listed = prefix[index];
    const item = listed ?? rest;
    if (item === undefined) continue;
    const place = listed === undefined ? [...path, restKeyword] : [...path, prefixKeyword, index];
    const breach = prover.provesInside(itemView(prover.older, view, index), { schema: item, path: place });
    if (breach) return breach;
  }
  return undefined;
};

const containsRule: Rule = ({ view, types, schema, path }, prover) => {
  const { contains } = schema;
  if (!types.has('array') || contains === undefined) return undefined;
  const counts = (source: JsonObject, keyword: string, standard: number): number =>
    prover.dialect !== 'draft-07' && typeof source[keyword] === 'number' ? source[keyword] : standard;
  const [least, most] = [counts(schema, 'minContains', 1), counts(schema, 'maxContains', Number.POSITIVE_INFINITY)];
  const place: Place = { schema: contains, path: [...path, 'contains'] };
  const isKept = view.parts.some((part) => {
    if (part.contains === undefined || counts(part, 'minContains', 1) < least) return false;
    if (most < Number.POSITIVE_INFINITY) {
      return (
        counts(part, 'maxContains', Number.POSITIVE_INFINITY) <= most && prover.equality.holds(part.contains, contains)
      );
    }
    // What is contained is an item too, of which others say more.
    const item = itemView(prover.older, view, Number.MAX_SAFE_INTEGER);
    return prover.provesInside(prover.older.view([part.contains], [...item.parts, ...item.hints]), place) === undefined;
  });
  return isKept || (least === 0 && most === Number.POSITIVE_INFINITY)
    ? undefined
    : prover.unproven([...path, 'contains'], 'the older schema does not ask for such items');
};

/** Of arrays and what is in them. */
export const ARRAY_RULES: readonly Rule[] = [
  countRule('array', 'minItems'),
  countRule('array', 'maxItems'),
  uniqueRule,
  itemsRule,
  containsRule,
];
