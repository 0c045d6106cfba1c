import type { AnySchemaObject } from 'ajv';
import { isJsonObject, type JsonObject } from '../json/canonical-json.ts';
import { ASSERTIONS, itemRules } from './dialect.ts';
import type { SchemaEdge, SchemaGraph, SchemaNode } from './graph.ts';
import { OWN_KEYWORDS } from './keywords.ts';

/** Ajv writes what is for one property or item into a block of the one before: more would nest deeper than the stack goes. */
const AT_A_TIME = 32;

type Written = Record<string, unknown>;

/**
 * Writes the schemas of a graph as one dialect that ajv reads rightly, whatever the client's: draft-07's keywords with all
 * beside `$ref` in force, every `$ref` the name of a document, and no keyword that means nothing. So ajv sees none of the
 * client's identifiers, and none of the words that only ajv knows (`nullable`, `discriminator`, …).
 */
export class AjvForm {
  readonly #graph: SchemaGraph;
  readonly #names: ReadonlyMap<SchemaNode, string>;
  /** The whole, and all that something refers to. */
  readonly #documents: ReadonlySet<SchemaNode>;
  /** Whether ajv has to note which properties and items have been evaluated. */
  readonly asksWhatIsLeft: boolean;

  constructor(graph: SchemaGraph) {
    this.#graph = graph;
    this.#names = new Map(graph.nodes.map((node, index) => [node, `schema-${index}`]));
    this.#documents = new Set([graph.root, ...referredTo(graph)]);
    this.asksWhatIsLeft = graph.nodes.some(({ edges }) => edges.some(isAboutWhatIsLeft));
  }

  nameOf(node: SchemaNode): string {
    return this.#names.get(node) ?? '';
  }

  /** What ajv needs to know before it compiles anything; the first is the whole. */
  *documents(): Generator<readonly [name: string, document: AnySchemaObject]> {
    for (const node of this.#documents) yield [this.nameOf(node), this.documentOf(node)];
  }

  documentOf({ schema, edges }: SchemaNode): AnySchemaObject {
    if (schema === true) return {};
    if (schema === false) return { [OWN_KEYWORDS.nothing]: true, [OWN_KEYWORDS.steps]: 1 };
    const isBare = this.#graph.dialect === 'draft-07' && schema.$ref !== undefined;
    const written: Written = {};
    if (this.asksWhatIsLeft) written[OWN_KEYWORDS.track] = true;
    for (const keyword of isBare ? [] : ASSERTIONS) {
      if (schema[keyword] !== undefined) written[keyword] = schema[keyword];
    }
    const own = new Subschemas(edges, (node) => this.#partOf(node));
    const [$ref] = own.edgesOf('$ref');
    if ($ref) written.$ref = this.nameOf($ref.to);
    for (const keyword of ['allOf', 'anyOf', 'oneOf']) if (own.has(keyword)) written[keyword] = own.list(keyword);
    for (const keyword of ['not', 'if', 'additionalProperties', 'propertyNames', 'unevaluatedProperties']) {
      if (own.has(keyword)) written[keyword] = own.only(keyword);
    }
    for (const keyword of ['then', 'else']) if (own.has('if') && own.has(keyword)) written[keyword] = own.only(keyword);
    if (own.has('patternProperties')) written.patternProperties = own.map('patternProperties');
    const parts = isBare
      ? []
      : [...this.#items(schema, own, written), ...this.#dependencies(schema, own), ...properties(own, written)];
    if (parts.length > 0) written.allOf = [...((written.allOf as unknown[] | undefined) ?? []), ...parts];
    written[OWN_KEYWORDS.steps] = steps(schema);
    return written;
  }

  /** What is a document of its own is not written where it stands too: that could multiply. */
  #partOf(node: SchemaNode): AnySchemaObject {
    return this.#documents.has(node) ? { $ref: this.nameOf(node) } : this.documentOf(node);
  }

  /** `prefixItems` and `items` by 2020-12 are `items` with a list and `additionalItems` before it. */
  #items(schema: JsonObject, own: Subschemas, written: Written): Written[] {
    const { prefix, prefixKeyword, rest, restKeyword } = itemRules(schema, this.#graph.dialect);
    this.#writeContains(schema, own, written);
    const others = rest === undefined ? undefined : own.only(restKeyword);
    if (prefix.length === 0) {
      if (others) written.items = others;
      return [];
    }
    // Apart from the rest: where an array is shorter than the list, ajv forgets all that stands beside it.
    const parts = chunksOf(own.list(prefixKeyword)).map((chunk, index) => ({
      items: [...Array.from({ length: index * AT_A_TIME }, () => true), ...chunk],
    }));
    return others ? [...parts, { items: prefix.map(() => true), additionalItems: others }] : parts;
  }

  #writeContains(schema: JsonObject, own: Subschemas, written: Written): void {
    const unevaluated = own.has('unevaluatedItems') ? own.only('unevaluatedItems') : undefined;
    if (unevaluated) written.unevaluatedItems = unevaluated;
    if (!own.has('contains')) return;
    written.contains = own.only('contains');
    if (this.#graph.dialect !== 'draft-07') {
      written.minContains = schema.minContains;
      written.maxContains = schema.maxContains;
    }
    if (!unevaluated || this.#graph.dialect !== '2020-12') return;
    // What is contained counts as evaluated by 2020-12.
    written.unevaluatedItems = { anyOf: [written.contains, unevaluated], [OWN_KEYWORDS.track]: true };
  }

  #dependencies(schema: JsonObject, own: Subschemas): Written[] {
    const named = this.#graph.dialect === 'draft-07' ? ['dependencies'] : ['dependencies', 'dependentRequired'];
    const lists = named.flatMap((keyword) =>
      Object.entries(isJsonObject(schema[keyword]) ? schema[keyword] : {}).filter(([, names]) => Array.isArray(names)),
    );
    const parts = ['dependencies', 'dependentSchemas']
      .filter((keyword) => own.has(keyword))
      .map((keyword) => own.map(keyword));
    return [...parts, ...chunksOf(lists).map((chunk) => Object.fromEntries(chunk))].map((dependencies) => ({
      dependencies,
      ...(this.asksWhatIsLeft && { [OWN_KEYWORDS.track]: true }),
    }));
  }
}

/** The properties in parts that are not too many; what is beside `additionalProperties` are then their mere names. */
function properties(own: Subschemas, written: Written): Written[] {
  if (!own.has('properties')) return [];
  const all = own.map('properties');
  if (Object.keys(all).length <= AT_A_TIME) {
    written.properties = all;
    return [];
  }
  written.properties = Object.fromEntries(Object.keys(all).map((name) => [name, true]));
  return chunksOf(Object.entries(all)).map((chunk) => ({ properties: Object.fromEntries(chunk) }));
}

function chunksOf<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += AT_A_TIME) chunks.push(items.slice(at, at + AT_A_TIME));
  return chunks;
}

const isAboutWhatIsLeft = ({ keyword, reach }: SchemaEdge): boolean =>
  reach !== 'nowhere' && (keyword === 'unevaluatedProperties' || keyword === 'unevaluatedItems');

/** What something refers to; and what is contained, where ajv is to ask for it twice. */
function referredTo({ dialect, nodes }: SchemaGraph): Set<SchemaNode> {
  const found = new Set<SchemaNode>();
  for (const { edges } of nodes) {
    const isLeftOver = dialect === '2020-12' && edges.some(({ keyword }) => keyword === 'unevaluatedItems');
    for (const { keyword, to } of edges) {
      if (keyword === '$ref' || (isLeftOver && keyword === 'contains')) found.add(to);
    }
  }
  return found;
}

/** How many faults one look at a value may report, about. */
function steps({ required, dependencies, dependentRequired }: JsonObject): number {
  const names = [
    required,
    ...[dependencies, dependentRequired].flatMap((map) => (isJsonObject(map) ? Object.values(map) : [])),
  ];
  return names.reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 1);
}

/** A node's subschemas by their keywords, as ajv is to read them. */
class Subschemas {
  readonly #edges = new Map<string, SchemaEdge[]>();
  readonly #write: (node: SchemaNode) => AnySchemaObject;

  constructor(edges: readonly SchemaEdge[], write: (node: SchemaNode) => AnySchemaObject) {
    this.#write = write;
    for (const edge of edges) {
      if (edge.reach === 'nowhere') continue;
      const known = this.#edges.get(edge.keyword);
      if (known) known.push(edge);
      else this.#edges.set(edge.keyword, [edge]);
    }
  }

  has(keyword: string): boolean {
    return this.#edges.has(keyword);
  }

  edgesOf(keyword: string): readonly SchemaEdge[] {
    return this.#edges.get(keyword) ?? [];
  }

  only(keyword: string): AnySchemaObject | undefined {
    const [first] = this.edgesOf(keyword);
    return first && this.#write(first.to);
  }

  list(keyword: string): AnySchemaObject[] {
    return this.edgesOf(keyword).map(({ to }) => this.#write(to));
  }

  map(keyword: string): Record<string, AnySchemaObject> {
    return Object.fromEntries(this.edgesOf(keyword).map(({ key, to }) => [String(key), this.#write(to)]));
  }
}
