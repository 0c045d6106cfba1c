import type { SchemaEdge, SchemaGraph, SchemaNode } from './client-schema-graph.ts';
import type { SchemaPatterns } from './client-schema-patterns.ts';
import { type Check, type CompiledSchema, Evaluated, falseSchema, type Run, trueSchema } from './client-validation.ts';
import { anyChecks } from './keywords-any.ts';
import { arrayChecks, type ItemSchemas, unevaluatedItemsCheck } from './keywords-array.ts';
import { type CombinedSchemas, combiningChecks } from './keywords-combining.ts';
import { type MemberSchemas, objectChecks, unevaluatedMembersCheck } from './keywords-object.ts';
import { numberChecks, stringChecks } from './keywords-scalar.ts';
import type { JsonValue } from './strict-json.ts';

/** Turns the schemas of a graph, whose cost has been bounded, into checks; in one pass, whatever refers to what. */
export function compileGraph(graph: SchemaGraph, patterns: SchemaPatterns): ReadonlyMap<SchemaNode, CompiledSchema> {
  const compiled = new Map<SchemaNode, CompiledSchema>(graph.nodes.map((node) => [node, { ...falseSchema }]));
  const compiler = new NodeCompiler(graph, patterns, compiled);
  for (const [node, schema] of compiled) schema.check = compiler.checkOf(node);
  return compiled;
}

class NodeCompiler {
  readonly #graph: SchemaGraph;
  readonly #patterns: SchemaPatterns;
  readonly #compiled: ReadonlyMap<SchemaNode, CompiledSchema>;

  constructor(graph: SchemaGraph, patterns: SchemaPatterns, compiled: ReadonlyMap<SchemaNode, CompiledSchema>) {
    this.#graph = graph;
    this.#patterns = patterns;
    this.#compiled = compiled;
  }

  schemaOf(node: SchemaNode): CompiledSchema {
    const schema = this.#compiled.get(node);
    if (!schema) throw new Error('every node of a graph is compiled');
    return schema;
  }

  checkOf({ schema, edges }: SchemaNode): Check {
    if (typeof schema === 'boolean') return (schema ? trueSchema : falseSchema).check;
    const subschemas = new Subschemas(edges, (node) => this.schemaOf(node));
    const isBare = this.#graph.dialect === 'draft-07' && schema.$ref !== undefined;
    const own = isBare ? {} : schema;
    const any = [...anyChecks(own), ...combiningChecks(combined(subschemas))];
    const number = [...numberChecks(own)];
    const string = [...stringChecks(own, (source) => this.#patterns.of(source))];
    const array = [...arrayChecks(own, items(subschemas), this.#graph.dialect)];
    const object = [...objectChecks(own, this.#members(subschemas), this.#graph.dialect)];
    const otherMembers = subschemas.only('unevaluatedProperties');
    const otherItems = subschemas.only('unevaluatedItems');
    // Last, since they are about what all the others have left over.
    if (otherMembers) object.push(unevaluatedMembersCheck(otherMembers));
    if (otherItems) array.push(unevaluatedItemsCheck(otherItems));
    return inTurn({ any, number, string, array, object }, otherMembers !== undefined || otherItems !== undefined);
  }

  #members(subschemas: Subschemas): MemberSchemas {
    return {
      properties: new Map(subschemas.named('properties')),
      patterns: subschemas.named('patternProperties').map(([source, schema]) => [this.#patterns.of(source), schema]),
      additional: subschemas.only('additionalProperties'),
      names: subschemas.only('propertyNames'),
    };
  }
}

/** A node's subschemas by their keywords. */
class Subschemas {
  readonly #byKeyword = new Map<string, (readonly [key: string | number | undefined, schema: CompiledSchema])[]>();

  constructor(edges: readonly SchemaEdge[], schemaOf: (node: SchemaNode) => CompiledSchema) {
    for (const { keyword, reach, key, to } of edges) {
      if (reach === 'nowhere') continue;
      const known = this.#byKeyword.get(keyword);
      if (known) known.push([key, schemaOf(to)]);
      else this.#byKeyword.set(keyword, [[key, schemaOf(to)]]);
    }
  }

  only(keyword: string): CompiledSchema | undefined {
    const [first] = this.#byKeyword.get(keyword) ?? [];
    return first && first[0] === undefined ? first[1] : undefined;
  }

  listed(keyword: string): readonly CompiledSchema[] | undefined {
    const all = this.#byKeyword.get(keyword);
    return all && all[0]?.[0] !== undefined ? all.map(([, schema]) => schema) : undefined;
  }

  named(keyword: string): (readonly [name: string, schema: CompiledSchema])[] {
    return (this.#byKeyword.get(keyword) ?? []).map(([key, schema]) => [String(key), schema]);
  }
}

function combined(subschemas: Subschemas): CombinedSchemas {
  const $ref = subschemas.only('$ref');
  const [test, yes, no] = ['if', 'then', 'else'].map((keyword) => subschemas.only(keyword));
  return {
    all: [...($ref ? [$ref] : []), ...(subschemas.listed('allOf') ?? [])],
    any: subschemas.listed('anyOf'),
    one: subschemas.listed('oneOf'),
    not: subschemas.only('not'),
    condition: test && { if: test, yes, no },
    dependent: [...subschemas.named('dependencies'), ...subschemas.named('dependentSchemas')],
  };
}

/** `items` with a list is what 2020-12 calls `prefixItems`, and `additionalItems` then what it calls `items`. */
function items(subschemas: Subschemas): ItemSchemas {
  const prefix = subschemas.listed('prefixItems') ?? subschemas.listed('items') ?? [];
  const rest = subschemas.only('items') ?? (prefix.length > 0 ? subschemas.only('additionalItems') : undefined);
  return { prefix, rest, contains: subschemas.only('contains') };
}

interface ChecksByType {
  readonly any: readonly Check[];
  readonly number: readonly Check[];
  readonly string: readonly Check[];
  readonly array: readonly Check[];
  readonly object: readonly Check[];
}

function inTurn(checks: ChecksByType, asksWhatIsLeft: boolean): Check {
  const { any, number, string, array, object } = checks;
  const [only] = any;
  // A schema of one keyword is the commonest: `{"$ref": …}`, `{"type": …}`.
  if (only && any.length === 1 && number.length + string.length + array.length + object.length === 0) return only;
  return (value, run, seen) => {
    // What is beside a schema does not tell it what is left over; what it has looked at itself is told to those around.
    const own = asksWhatIsLeft ? new Evaluated() : seen;
    const holds = allHold(checks.any, value, run, own);
    if (!holds && run.isDecided) return false;
    const typed = typedChecks(checks, value);
    const holdsAsTyped = typed === undefined || allHold(typed, value, run, own);
    if (!holds || !holdsAsTyped) return false;
    if (own && seen && own !== seen) seen.add(own);
    return true;
  };
}

function typedChecks(checks: ChecksByType, value: JsonValue): readonly Check[] | undefined {
  switch (typeof value) {
    case 'string':
      return checks.string;
    case 'number':
      return checks.number;
    case 'object':
      return value === null ? undefined : Array.isArray(value) ? checks.array : checks.object;
    default:
      return undefined;
  }
}

function allHold(checks: readonly Check[], value: JsonValue, run: Run, seen: Evaluated | undefined): boolean {
  if (checks.length === 0) return true;
  let holds = true;
  for (const check of checks) {
    if (check(value, run, seen)) continue;
    if (run.isDecided) return false;
    holds = false;
  }
  return holds;
}
