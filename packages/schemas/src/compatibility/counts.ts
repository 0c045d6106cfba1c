import type { JsonValue } from '../json/strict-json.ts';
import { received } from '../received.ts';
import { numbersOf } from './bounds.ts';
import type { ValueType, View } from './older.ts';
import type { Path, Prover, Rule } from './prover.ts';
import type { Breach } from './verdict.ts';

/** A limit that leaves out something of what the older version allows, for all that can be proven. */
export const narrowed = (path: Path, value: JsonValue | undefined, prover: Prover): Breach =>
  prover.breach(
    path,
    `must allow all that the older schema does, got ${received(value)}, which is narrower or cannot be proven not to be`,
  );

/** A number of things that a value has: characters, items, properties. */
export const countRule =
  (type: ValueType, keyword: string, atLeast: (view: View) => number = () => 0): Rule =>
  ({ view, types, schema, path }, prover) => {
    const limit = schema[keyword];
    if (!types.has(type) || typeof limit !== 'number') return undefined;
    const known = numbersOf(view, keyword);
    const holds = keyword.startsWith('min')
      ? Math.max(0, atLeast(view), ...known) >= limit
      : Math.min(Number.POSITIVE_INFINITY, ...known) <= limit;
    return holds ? undefined : narrowed([...path, keyword], limit, prover);
  };
