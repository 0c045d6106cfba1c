import { quoted } from '@sluice/core';
import { isJsonObject, type JsonObject } from '../json/canonical-json.ts';
import { pointerOf } from '../json/json-fault.ts';
import { resolvePointer } from '../json/json-pointer.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { type Dialect, type Reach, subschemasOf } from './dialect.ts';
import { identifierFault } from './identifiers.ts';

/** Why a client's schema is refused, and where in it. */
export interface SchemaRefusal {
  readonly kind: 'refused';
  /** RFC 6901, into the schema; the nearest that is not overlong. */
  readonly pointer: string;
  /** The rule and the value received; escaped and bounded. */
  readonly detail: string;
}

/** A schema or subschema, with those that its keywords apply. */
export interface SchemaNode {
  readonly schema: boolean | JsonObject;
  /** Outermost first. */
  readonly path: readonly (string | number)[];
  readonly edges: readonly SchemaEdge[];
}

export interface SchemaEdge {
  readonly keyword: string;
  readonly reach: Reach;
  readonly key: string | number | undefined;
  readonly to: SchemaNode;
}

export interface SchemaGraph {
  readonly kind: 'graph';
  readonly dialect: Dialect;
  readonly root: SchemaNode;
  /** All that stand where the dialect expects schemas, and all that a `$ref` points to. */
  readonly nodes: readonly SchemaNode[];
  /** Those that only a `$ref` makes schemas: the metaschema does not look at them as part of the whole. */
  readonly strays: readonly SchemaNode[];
}

interface OpenNode extends SchemaNode {
  readonly edges: SchemaEdge[];
}

/** What ajv compiles takes up to a tenth of a second, and half of the stack where each is the last of a long list. */
export const MAX_SUBSCHEMAS = 1_000;

export const refusal = (path: readonly (string | number)[], detail: string): SchemaRefusal => ({
  kind: 'refused',
  pointer: pointerOf(path.toReversed()),
  detail,
});

/**
 * Finds every schema inside a client's schema and what refers to what. Only where the dialect expects a schema do
 * keywords mean something: a property that is called `$ref` or `$id`, or a constant with such a key, is mere data.
 */
export function graphOf(schema: JsonValue, dialect: Dialect): SchemaGraph | SchemaRefusal {
  return new GraphBuilder(schema, dialect).build();
}

class GraphBuilder {
  readonly #document: JsonValue;
  readonly #dialect: Dialect;
  readonly #nodes: OpenNode[] = [];
  readonly #ofObjects = new Map<object, OpenNode>();
  readonly #strays: OpenNode[] = [];

  constructor(document: JsonValue, dialect: Dialect) {
    this.#document = document;
    this.#dialect = dialect;
  }

  build(): SchemaGraph | SchemaRefusal {
    const root = this.#node(this.#document, []);
    if (root === undefined) return refusal([], mustBeSchema(this.#document));
    // The list grows while it is walked; the positions of the whole come before what only references add.
    const fault = this.#expand(0) ?? this.#follow();
    return fault ?? { kind: 'graph', dialect: this.#dialect, root, nodes: this.#nodes, strays: this.#strays };
  }

  #expand(from: number): SchemaRefusal | undefined {
    for (let at = from; at < this.#nodes.length; at++) {
      const node = this.#nodes[at];
      if (node === undefined || typeof node.schema === 'boolean') continue;
      const fault = identifierFault(node.schema);
      if (fault) return refusal([...node.path, fault.keyword], fault.detail);
      // By draft-07, whatever stands beside `$ref` says nothing (but can be referred to).
      const silent = this.#dialect === 'draft-07' && node.schema.$ref !== undefined;
      for (const { keyword, reach, key, schema } of subschemasOf(node.schema, this.#dialect)) {
        const path = key === undefined ? [...node.path, keyword] : [...node.path, keyword, key];
        const to = this.#node(schema, path);
        if (to === undefined) return refusal(path, mustBeSchema(schema));
        if (this.#nodes.length > MAX_SUBSCHEMAS) {
          return refusal(path, `a schema must not have more than ${MAX_SUBSCHEMAS} subschemas, got another one here`);
        }
        node.edges.push({ keyword, reach: silent ? 'nowhere' : reach, key, to });
      }
    }
    return undefined;
  }

  #follow(): SchemaRefusal | undefined {
    for (let at = 0; at < this.#nodes.length; at++) {
      const node = this.#nodes[at];
      if (node === undefined || typeof node.schema === 'boolean' || node.schema.$ref === undefined) continue;
      const { $ref } = node.schema;
      const path = [...node.path, '$ref'];
      const target = resolvePointer(this.#document, $ref);
      if (target.kind === 'refused') return refusal(path, target.detail);
      const known = this.#nodes.length;
      const to = this.#node(target.value, target.path);
      if (to === undefined)
        return refusal(path, `$ref must point to a schema, got ${quoted(String($ref))}: ${mustBeSchema(target.value)}`);
      if (this.#nodes.length > known) this.#strays.push(to);
      node.edges.unshift({ keyword: '$ref', reach: 'here', key: undefined, to });
      const fault = this.#expand(known);
      if (fault) return fault;
    }
    return undefined;
  }

  /** The one node of an object; each `true` or `false` is a node of its own. */
  #node(schema: JsonValue, path: readonly (string | number)[]): OpenNode | undefined {
    if (typeof schema !== 'boolean' && !isJsonObject(schema)) return undefined;
    const known = typeof schema === 'boolean' ? undefined : this.#ofObjects.get(schema);
    if (known) return known;
    const node: OpenNode = { schema, path, edges: [] };
    if (typeof schema !== 'boolean') this.#ofObjects.set(schema, node);
    this.#nodes.push(node);
    return node;
  }
}

const mustBeSchema = (value: JsonValue): string =>
  `a schema must be an object, true or false, got ${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`}`;
