import { printable } from '@sluice/core';
import type { OpenedSchema } from '../client-schema/open.ts';
import { isJsonObject, type JsonObject } from '../json/canonical-json.ts';
import { pointerOf } from '../json/json-fault.ts';
import { resolvePointer } from '../json/json-pointer.ts';
import { MAX_JSON_DEPTH } from '../json/json-scan.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { SchemaEquality } from './equality.ts';
import { ProofMemory } from './memory.ts';
import { constantsOf, OlderSchema, typesOf, typesOfPart, type View } from './older.ts';
import type { Place, Prover } from './prover.ts';
import { RULES } from './rules.ts';
import type { Breach } from './verdict.ts';

/** How often one schema may be looked at in one comparison, of about a microsecond each: branches of branches multiply. */
const MAX_STEPS = 150_000;

/** What a value's type is narrowed by, where the newer version has a branch for each. */
const TYPES: readonly JsonObject[] = ['null', 'boolean', 'number', 'string', 'array', 'object'].map((type) => ({
  type,
}));

/**
 * Proves that the newer version accepts whatever the older does, rule by rule of the newer. Where a proof leads back to
 * itself, it may be assumed: no schema leads back to itself on the same value, so this is about a value inside, and values
 * end somewhere.
 */
export class CompatibilityProof implements Prover {
  readonly older: OlderSchema;
  readonly equality: SchemaEquality;
  readonly #before: OpenedSchema;
  readonly #after: OpenedSchema;
  readonly #known = new ProofMemory();
  readonly #ids = new Map<JsonValue, number>();
  #level = 0;
  #steps = 0;

  constructor(before: OpenedSchema, after: OpenedSchema) {
    this.#before = before;
    this.#after = after;
    this.older = new OlderSchema(before, (steps) => {
      this.#steps += steps;
    });
    this.equality = new SchemaEquality(
      before.document,
      after.document,
      before.dialect,
      () => this.#steps++ < MAX_STEPS,
    );
  }

  run(): Breach | undefined {
    return this.proves(this.older.view([this.#before.document], []), { schema: this.#after.document, path: [] });
  }

  get dialect(): OpenedSchema['dialect'] {
    return this.#after.dialect;
  }

  breach(path: readonly (string | number)[], detail: string): Breach {
    return { kind: 'breaks', pointer: pointerOf(path.toReversed()), detail };
  }

  unproven(path: readonly (string | number)[], why: string): Breach {
    return this.breach(path, `cannot be proven compatible: ${why}`);
  }

  matches(pattern: string, name: string): boolean {
    return this.#after.patterns.of(pattern).test(name);
  }

  accepts(schema: JsonValue, value: JsonValue): boolean {
    // What is not found out is not proven.
    return this.#after.allows(schema, value) ?? false;
  }

  provesInside(view: View, newer: Place): Breach | undefined {
    this.#level++;
    const breach = this.proves(view, newer);
    this.#level--;
    return breach;
  }

  proves(view: View, newer: Place): Breach | undefined {
    const { schema, path } = newer;
    if (schema === true || view.isEmpty || typesOf(view).size === 0) return undefined;
    if (schema === false) return this.breach(path, 'must still allow what the older schema allows here, got false');
    if (this.#steps++ > MAX_STEPS) return this.unproven(path, `that takes more than ${MAX_STEPS} steps`);
    // Deeper than any value goes, nothing can break.
    if (this.#level > MAX_JSON_DEPTH) return undefined;
    const key = this.#keyOf(view, schema);
    if (this.#known.holds(key, this.#level)) return undefined;
    const mark = this.#known.assume(key, this.#level);
    const breach = this.#provesObject(view, schema as JsonObject, path);
    if (breach) this.#known.forgetSince(mark);
    return breach;
  }

  #provesObject(view: View, schema: JsonObject, path: Place['path']): Breach | undefined {
    if (view.parts.some((part) => this.equality.holds(part, schema))) return undefined;
    const constants = this.#constants(view);
    if (constants) {
      this.#steps += constants.length;
      const lost = constants.findIndex((value) => !this.accepts(schema, value));
      return lost < 0 ? undefined : this.#lostConstant(constants[lost] ?? null, schema, path);
    }
    const breach = this.#provesRules(view, schema, path);
    return breach && this.#provesCases(view, { schema, path }, breach);
  }

  #provesRules(view: View, schema: JsonObject, path: Place['path']): Breach | undefined {
    const types = typesOf(view);
    if (schema.$ref !== undefined) {
      const target = resolvePointer(this.#after.document, schema.$ref);
      if (target.kind === 'refused') return this.unproven([...path, '$ref'], target.detail);
      const breach = this.proves(view, { schema: target.value, path: target.path });
      if (breach || this.dialect === 'draft-07') return breach;
    }
    for (const rule of RULES) {
      const breach = rule({ view, types, schema, path }, this);
      if (breach) return breach;
    }
    return undefined;
  }

  /** What does not follow at once may follow for each branch of the older version, or for each type that it allows. */
  #provesCases(view: View, newer: Place, breach: Breach): Breach | undefined {
    for (const part of view.parts) {
      for (const keyword of ['anyOf', 'oneOf']) {
        const branches = part[keyword];
        if (!Array.isArray(branches) || view.split.has(branches)) continue;
        const cases = branches.map((branch: JsonValue) => this.older.narrowed(view, branch, branches));
        if (cases.every((narrowed) => this.proves(narrowed, newer) === undefined)) return undefined;
      }
    }
    const types = typesOf(view);
    const cases = TYPES.filter((part) => !types.isDisjointFrom(typesOfPart(part)));
    if (cases.length < 2 || !hasBranches(newer.schema)) return breach;
    const provesCase = (part: JsonObject): boolean => this.proves(this.older.narrowed(view, part), newer) === undefined;
    return cases.every(provesCase) ? undefined : breach;
  }

  /** All the values that can be at a place, where they can be counted. */
  #constants({ parts }: View): readonly JsonValue[] | undefined {
    for (const part of parts) {
      const constants = constantsOf(part);
      if (!constants) continue;
      const written = parts.filter((other) => this.#before.has(other));
      return constants.filter((value) => written.every((other) => this.#before.allows(other, value) ?? true));
    }
    const types = typesOf({ parts } as View);
    if (types.difference(new Set(['null', 'boolean'])).size > 0) return undefined;
    return [null, true, false].filter((value) => types.has(value === null ? 'null' : 'boolean'));
  }

  #lostConstant(lost: JsonValue, schema: JsonObject, path: Place['path']): Breach {
    const keyword = ['enum', 'const', 'type'].find((name) => schema[name] !== undefined);
    const detail = `must still allow ${printable(JSON.stringify(lost), 80)}, which the older schema allows`;
    return this.breach(keyword ? [...path, keyword] : path, detail);
  }

  #keyOf({ parts, hints, split }: View, schema: JsonValue): string {
    const ids = [parts, hints, [...split]].map((list) =>
      list
        .map((item) => this.#idOf(item))
        .sort((a, b) => a - b)
        .join(),
    );
    return [...ids, this.#idOf(schema)].join('/');
  }

  #idOf(value: JsonValue): number {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    this.#ids.set(value, this.#ids.size);
    return this.#ids.size - 1;
  }
}

const hasBranches = (schema: JsonValue): boolean =>
  isJsonObject(schema) && ['anyOf', 'oneOf', 'if', 'allOf', '$ref'].some((keyword) => schema[keyword] !== undefined);
