import { isMultipleOf } from '../json/decimal.ts';
import { received } from '../received.ts';
import { keepsMaximum, keepsMinimum, numbersOf } from './bounds.ts';
import { countRule, narrowed } from './counts.ts';
import type { Rule } from './prover.ts';

const typeRule: Rule = ({ types, schema, path }, prover) => {
  if (schema.type === undefined) return undefined;
  const allowed = [schema.type].flat() as readonly string[];
  for (const type of types) {
    const isAllowed =
      allowed.includes(type) || ((type === 'integer' || type === 'fraction') && allowed.includes('number'));
    if (isAllowed) continue;
    const name = type === 'fraction' ? 'number' : type;
    return prover.breach(
      [...path, 'type'],
      `must still allow type ${name}, as the older schema does, got ${allowed.join(' or ')}`,
    );
  }
  return undefined;
};

const valuesRule: Rule = ({ schema, path }, prover) => {
  const keyword = ['const', 'enum'].find((name) => schema[name] !== undefined);
  if (keyword === undefined) return undefined;
  return prover.breach(
    [...path, keyword],
    `must still allow all that the older schema does, got ${received(schema[keyword])} where the older has no such list of values`,
  );
};

const rangeRule: Rule = ({ view, types, schema, path }, prover) => {
  if (!types.has('integer') && !types.has('fraction')) return undefined;
  const onlyIntegers = !types.has('fraction');
  const lower = ['minimum', 'exclusiveMinimum'].find((keyword) => typeof schema[keyword] === 'number');
  if (lower && !keepsMinimum(view, schema, onlyIntegers)) return narrowed([...path, lower], schema[lower], prover);
  const upper = ['maximum', 'exclusiveMaximum'].find((keyword) => typeof schema[keyword] === 'number');
  if (upper && !keepsMaximum(view, schema, onlyIntegers)) return narrowed([...path, upper], schema[upper], prover);
  const { multipleOf } = schema;
  if (typeof multipleOf !== 'number') return undefined;
  const steps = [...numbersOf(view, 'multipleOf'), ...(onlyIntegers ? [1] : [])];
  return steps.some((step) => isMultipleOf(step, multipleOf))
    ? undefined
    : narrowed([...path, 'multipleOf'], multipleOf, prover);
};

const patternRule: Rule = ({ view, types, schema, path }, prover) => {
  const { pattern } = schema;
  if (!types.has('string') || pattern === undefined) return undefined;
  if (view.parts.some((part) => part.pattern === pattern)) return undefined;
  return prover.breach(
    [...path, 'pattern'],
    `cannot be proven compatible: the older schema does not have the pattern ${received(pattern)}`,
  );
};

/** Of the type, of numbers and of texts. */
export const VALUE_RULES: readonly Rule[] = [
  typeRule,
  valuesRule,
  rangeRule,
  countRule('string', 'minLength'),
  countRule('string', 'maxLength'),
  patternRule,
];
