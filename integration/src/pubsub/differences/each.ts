import type { Plain } from '../plain.ts';

/** Several facts in which the same is seen. */
export const each = (seen: Plain, ...facts: readonly string[]): Readonly<Record<string, Plain>> =>
  Object.fromEntries(facts.map((fact) => [fact, seen]));
