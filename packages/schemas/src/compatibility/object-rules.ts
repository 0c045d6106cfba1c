import { quoted } from '@sluice/core';
import type { JsonObject } from '../json/canonical-json.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { countRule } from './counts.ts';
import { mapOf, type NamedMember, namedMembers } from './members.ts';
import type { View } from './older.ts';
import type { Path, Place, Prover, Rule } from './prover.ts';
import type { Breach } from './verdict.ts';

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
  ![...namedMembers(prover.older, view, [name])].some(
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

/** Of objects, their members and the names of those. */
export const OBJECT_RULES: readonly Rule[] = [
  countRule('object', 'minProperties', (view) => requiredNames(view).size),
  countRule('object', 'maxProperties'),
  requiredRule,
  dependenciesRule,
  membersRule,
  namesRule,
];
