import { ARRAY_RULES } from './array-rules.ts';
import { COMBINING_RULES } from './combining-rules.ts';
import { OBJECT_RULES } from './object-rules.ts';
import type { Rule } from './prover.ts';
import { VALUE_RULES } from './value-rules.ts';

/** One for each keyword that a schema may have, or for those that only together mean something. */
export const RULES: readonly Rule[] = [...VALUE_RULES, ...ARRAY_RULES, ...OBJECT_RULES, ...COMBINING_RULES];
