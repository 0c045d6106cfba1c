import type { JsonObject } from '../json/canonical-json.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { typesOf, type ValueType, type View } from './older.ts';
import type { Prover, Rule } from './prover.ts';

const allOfRule: Rule = ({ view, schema, path }, prover) => {
  if (!Array.isArray(schema.allOf)) return undefined;
  for (const [index, part] of (schema.allOf as readonly JsonValue[]).entries()) {
    const breach = prover.proves(view, { schema: part, path: [...path, 'allOf', index] });
    if (breach) return breach;
  }
  return undefined;
};

const anyOfRule: Rule = ({ view, schema, path }, prover) => {
  if (!Array.isArray(schema.anyOf)) return undefined;
  const branches = schema.anyOf as readonly JsonValue[];
  const kept = branches.some(
    (branch, index) => prover.proves(view, { schema: branch, path: [...path, 'anyOf', index] }) === undefined,
  );
  return kept || hasEqual(view, { anyOf: branches }, prover)
    ? undefined
    : prover.unproven([...path, 'anyOf'], 'no branch is sure to allow what the older schema does');
};

const oneOfRule: Rule = ({ view, types, schema, path }, prover) => {
  if (!Array.isArray(schema.oneOf)) return undefined;
  const branches = schema.oneOf as readonly JsonValue[];
  if (hasEqual(view, { oneOf: branches }, prover)) return undefined;
  const kept = branches.findIndex(
    (branch, index) => prover.proves(view, { schema: branch, path: [...path, 'oneOf', index] }) === undefined,
  );
  const others = branches.filter((_, index) => index !== kept);
  if (kept >= 0 && others.every((branch) => branch === false || isOfOtherTypes(types, branch))) return undefined;
  return prover.unproven(
    [...path, 'oneOf'],
    'no branch is sure to be the only one that allows what the older schema does',
  );
};

function isOfOtherTypes(types: ReadonlySet<ValueType>, branch: JsonValue): boolean {
  if (typeof branch !== 'object' || branch === null || Array.isArray(branch)) return false;
  // Beside `$ref`, a type may mean nothing.
  const view: View = {
    parts: '$ref' in branch ? [] : [branch as JsonObject],
    hints: [],
    isEmpty: false,
    split: new Set(),
  };
  return typesOf(view).isDisjointFrom(types);
}

const notRule: Rule = ({ view, schema, path }, prover) =>
  schema.not === undefined || schema.not === false || hasEqual(view, { not: schema.not }, prover)
    ? undefined
    : prover.unproven([...path, 'not'], 'the older schema does not have the same not');

const ifRule: Rule = ({ view, schema, path }, prover) => {
  if (schema.if === undefined || (schema.then === undefined && schema.else === undefined)) return undefined;
  const branches = ['then', 'else'].filter((keyword) => schema[keyword] !== undefined);
  const asked = Object.fromEntries(['if', ...branches].map((keyword) => [keyword, schema[keyword] as JsonValue]));
  if (hasEqual(view, asked, prover)) return undefined;
  const isKept = branches.every(
    (keyword) => prover.proves(view, { schema: schema[keyword] as JsonValue, path: [...path, keyword] }) === undefined,
  );
  return isKept
    ? undefined
    : prover.unproven([...path, 'if'], 'the older schema does not have the same if, then and else');
};

/** Whether some part of the older version has the same keywords as asked for. */
function hasEqual({ parts }: View, asked: JsonObject, prover: Prover): boolean {
  const keywords = Object.keys(asked);
  return parts.some((part) => {
    if (keywords.some((keyword) => part[keyword] === undefined)) return false;
    const same = Object.fromEntries(keywords.map((keyword) => [keyword, part[keyword] as JsonValue]));
    return prover.equality.holds(same, asked);
  });
}

const unevaluatedRule: Rule = ({ schema, path }, prover) => {
  if (prover.dialect === 'draft-07') return undefined;
  const keyword = ['unevaluatedProperties', 'unevaluatedItems'].find(
    (name) => schema[name] !== undefined && schema[name] !== true,
  );
  return keyword === undefined
    ? undefined
    : prover.unproven([...path, keyword], 'the older schema is not the same here');
};

/** Of whole schemas that are combined. */
export const COMBINING_RULES: readonly Rule[] = [allOfRule, anyOfRule, oneOfRule, notRule, ifRule, unevaluatedRule];
