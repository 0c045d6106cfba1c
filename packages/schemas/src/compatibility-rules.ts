import { quoted } from '@sluice/core';
import type { JsonObject } from './canonical-json.ts';
import type { Dialect } from './client-schema-dialect.ts';
import { keepsMaximum, keepsMinimum, numbersOf } from './compatibility-bounds.ts';
import type { SchemaEquality } from './compatibility-equality.ts';
import { itemRules, itemView, longestPrefix } from './compatibility-items.ts';
import { mapOf, type NamedMember, namedMembers } from './compatibility-members.ts';
import { type OlderSchema, typesOf, type ValueType, type View } from './compatibility-older.ts';
import type { Breach } from './compatibility-verdict.ts';
import { isMultipleOf } from './decimal.ts';
import { received } from './received.ts';
import type { JsonValue } from './strict-json.ts';

type Path = readonly (string | number)[];

/** A schema of the newer version, with where it stands. */
export interface Place {
  readonly schema: JsonValue;
  readonly path: Path;
}

/** What a rule asks for: do all values of the view keep one keyword, or a few that belong together, of the schema? */
export interface Question {
  readonly view: View;
  readonly types: ReadonlySet<ValueType>;
  readonly schema: JsonObject;
  readonly path: Path;
}

/** What rules need to answer. */
export interface Prover {
  readonly dialect: Dialect;
  readonly older: OlderSchema;
  readonly equality: SchemaEquality;
  /** Of the same value. */
  proves(view: View, newer: Place): Breach | undefined;
  /** Of a value inside of it. */
  provesInside(view: View, newer: Place): Breach | undefined;
  /** Of a pattern and a schema of the newer version. */
  matches(pattern: string, name: string): boolean;
  accepts(schema: JsonValue, value: JsonValue): boolean;
  breach(path: Path, detail: string): Breach;
  unproven(path: Path, why: string): Breach;
}

/** Undefined where the answer is yes. */
export type Rule = (question: Question, prover: Prover) => Breach | undefined;

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
  return (
    keyword &&
    prover.breach(
      [...path, keyword],
      `must still allow all that the older schema does, got ${received(schema[keyword])} where the older has no such list of values`,
    )
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

const narrowed = (path: Path, value: JsonValue | undefined, prover: Prover): Breach =>
  prover.breach(
    path,
    `must allow all that the older schema does, got ${received(value)}, which is narrower or cannot be proven not to be`,
  );

/** A number of things that a value has: characters, items, properties. */
const countRule =
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

const patternRule: Rule = ({ view, types, schema, path }, prover) => {
  const { pattern } = schema;
  if (!types.has('string') || pattern === undefined) return undefined;
  if (view.parts.some((part) => part.pattern === pattern)) return undefined;
  return prover.breach(
    [...path, 'pattern'],
    `cannot be proven compatible: the older schema does not have the pattern ${received(pattern)}`,
  );
};

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

const requiredNames = ({ parts }: View): Set<string> =>
  new Set(parts.flatMap((part) => (Array.isArray(part.required) ? (part.required as readonly string[]) : [])));

const requiredRule: Rule = ({ view, types, schema, path }, prover) => {
  if (!types.has('object') || !Array.isArray(schema.required)) return undefined;
  const known = requiredNames(view);
  for (const [index, name] of (schema.required as readonly string[]).entries()) {
    if (known.has(name)) continue;
    return prover.breach(
      [...path, 'required', index],
      `must not require a property that the older schema does not, got ${quoted(name)}`,
    );
  }
  return undefined;
};

const dependenciesRule: Rule = ({ view, types, schema, path }, prover) => {
  if (!types.has('object')) return undefined;
  for (const keyword of [
    'dependencies',
    ...(prover.dialect === 'draft-07' ? [] : ['dependentRequired', 'dependentSchemas']),
  ]) {
    for (const [name, wanted] of Object.entries(mapOf(schema, keyword))) {
      const present: JsonObject = { required: [name] };
      // With the property there, what the older schema makes depend on it holds too.
      const brought = view.parts.flatMap((part) =>
        ['dependencies', 'dependentRequired', 'dependentSchemas'].flatMap((known) => {
          if (prover.dialect === 'draft-07' && known !== 'dependencies') return [];
          const found = mapOf(part, known);
          if (!Object.hasOwn(found, name)) return [];
          return [Array.isArray(found[name]) ? { required: found[name] } : (found[name] as JsonValue)];
        }),
      );
      if (isNeverSent(view, name, prover)) continue;
      const with_ = prover.older.view([...view.parts, present, ...brought], view.hints, view.split);
      const place = [...path, keyword, name];
      const breach = Array.isArray(wanted)
        ? requiredRule({ view: with_, types, schema: { required: wanted }, path: place }, prover)
        : prover.proves(with_, { schema: wanted as JsonValue, path: place });
      if (breach) return { ...breach, pointer: prover.breach(place, '').pointer };
    }
  }
  return undefined;
};

const isNeverSent = (view: View, name: string, prover: Prover): boolean =>
  !namedMembers(prover.older, view, [name]).some(
    (member) => member.kind === 'name' && member.text === name && !member.view.isEmpty,
  );

const membersRule: Rule = ({ view, types, schema, path }, prover) => {
  if (!types.has('object')) return undefined;
  const { additionalProperties } = schema;
  const properties = mapOf(schema, 'properties');
  const patterns = Object.entries(mapOf(schema, 'patternProperties'));
  if (additionalProperties === undefined && patterns.length === 0 && Object.keys(properties).length === 0)
    return undefined;
  for (const member of namedMembers(prover.older, view, Object.keys(properties))) {
    if (member.view.isEmpty) continue;
    const { said, isAdditional } = placesOf(member, properties, patterns, prover, path);
    for (const place of said) {
      const breach = prover.provesInside(member.view, place);
      if (breach) return breach;
    }
    if (!isAdditional || additionalProperties === undefined) continue;
    const breach = prover.provesInside(member.view, {
      schema: additionalProperties,
      path: [...path, 'additionalProperties'],
    });
    if (breach)
      return additionalProperties === false ? lostMember(member, [...path, 'additionalProperties'], prover) : breach;
  }
  return undefined;
};

/** Which schemas of the newer version a member may meet, and whether it may be an additional one. */
function placesOf(
  { kind, text }: NamedMember,
  properties: JsonObject,
  patterns: readonly (readonly [pattern: string, schema: JsonValue])[],
  prover: Prover,
  path: Path,
): { readonly said: readonly Place[]; readonly isAdditional: boolean } {
  const said: Place[] = [];
  const isNamed = kind === 'name' && Object.hasOwn(properties, text);
  if (isNamed) said.push({ schema: properties[text] as JsonValue, path: [...path, 'properties', text] });
  let isAdditional = !isNamed;
  for (const [pattern, schema] of patterns) {
    // Whether two patterns match a name in common is not asked: it is assumed that they may.
    if (kind === 'name' && !prover.matches(pattern, text)) continue;
    said.push({ schema, path: [...path, 'patternProperties', pattern] });
    if (kind === 'name' || (kind === 'pattern' && pattern === text)) isAdditional = false;
  }
  return { said, isAdditional };
}

function lostMember({ kind, text }: NamedMember, path: Path, prover: Prover): Breach {
  const what = {
    name: `the property ${quoted(text)}`,
    pattern: `properties that match ${quoted(text)}`,
    other: 'properties by other names',
  };
  return prover.breach(path, `must still allow ${what[kind]}, which the older schema names, got false`);
}

const namesRule: Rule = ({ view, types, schema, path }, prover) => {
  const { propertyNames } = schema;
  if (!types.has('object') || propertyNames === undefined) return undefined;
  const place: Place = { schema: propertyNames, path: [...path, 'propertyNames'] };
  const known = view.parts.map((part) => part.propertyNames).filter((names) => names !== undefined);
  const text: JsonObject = { type: 'string' };
  if (known.length > 0 && prover.provesInside(prover.older.view([...known, text], []), place) === undefined)
    return undefined;
  for (const { kind, text: name, view: member } of namedMembers(prover.older, view, [])) {
    if (member.isEmpty) continue;
    if (kind !== 'name') return prover.unproven(place.path, 'the older schema allows names that are not listed');
    if (!prover.accepts(propertyNames, name)) {
      return prover.breach(place.path, `must still allow the name ${quoted(name)}, which the older schema names`);
    }
  }
  return undefined;
};

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
  return keyword && prover.unproven([...path, keyword], 'the older schema is not the same here');
};

/** One for each keyword that a schema may have, or for those that only together mean something. */
export const RULES: readonly Rule[] = [
  typeRule,
  valuesRule,
  rangeRule,
  countRule('string', 'minLength'),
  countRule('string', 'maxLength'),
  patternRule,
  countRule('array', 'minItems'),
  countRule('array', 'maxItems'),
  uniqueRule,
  itemsRule,
  containsRule,
  countRule('object', 'minProperties', (view) => requiredNames(view).size),
  countRule('object', 'maxProperties'),
  requiredRule,
  dependenciesRule,
  membersRule,
  namesRule,
  allOfRule,
  anyOfRule,
  oneOfRule,
  notRule,
  ifRule,
  unevaluatedRule,
];
