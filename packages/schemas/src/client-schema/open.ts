import { printable } from '@sluice/core';
import type { ValidateFunction } from 'ajv';
import type { JsonValue } from '../json/strict-json.ts';
import { AjvSchemas } from './ajv.ts';
import { costFault } from './cost.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { graphOf, refusal, type SchemaNode, type SchemaRefusal } from './graph.ts';
import { leftOverFault } from './left-over.ts';
import { metaschemaFault } from './metaschema.ts';
import { SchemaPatterns } from './patterns.ts';
import { AjvValidator, type ClientValidator, Run } from './validator.ts';

/** A client's schema that keeps all the rules. */
export interface OpenedSchema {
  readonly kind: 'opened';
  readonly dialect: Dialect;
  readonly document: JsonValue;
  readonly patterns: SchemaPatterns;
  compile(): { readonly kind: 'schema'; readonly validator: ClientValidator } | SchemaRefusal;
  /**
   * Whether a part of the schema allows a value; undefined where that is not found out, since it would mean to compile too
   * much.
   * @param schema the whole, or one of the objects in it that stand for a schema, or true or false
   */
  allows(schema: JsonValue, value: JsonValue): boolean | undefined;
  /** Whether this very object is a schema in it. */
  has(schema: JsonValue): boolean;
}

/** The parts of one schema that are compiled each by itself may have so many subschemas: one that is in several counts for each. */
const MAX_IN_PARTS = 2_000;

export function openSchema(document: JsonValue): OpenedSchema | SchemaRefusal {
  const graph = graphOf(document, dialectOf(document));
  if (graph.kind === 'refused') return graph;
  const patterns = new SchemaPatterns();
  const fault =
    metaschemaFault(graph) ?? leftOverFault(graph) ?? patterns.addAll(graph) ?? costFault(graph, patterns.weights);
  if (fault) return fault;
  const schemas = new AjvSchemas(graph, patterns);
  const nodes = new Map<JsonValue, SchemaNode>(graph.nodes.map((node) => [node.schema, node]));
  const parts = new Map<SchemaNode, ValidateFunction>();
  let left = MAX_IN_PARTS;
  const partOf = (node: SchemaNode): ValidateFunction | undefined => {
    const known = parts.get(node);
    if (known) return known;
    left -= sizeOf(node);
    if (left < 0) return undefined;
    const part = schemas.compile(node);
    parts.set(node, part);
    return part;
  };
  const allows = (schema: JsonValue, value: JsonValue): boolean | undefined => {
    if (typeof schema === 'boolean') return schema;
    const node = nodes.get(schema);
    if (!node) throw new Error('only what stands in the schema can be asked');
    return partOf(node)?.call(new Run(), value);
  };
  return {
    kind: 'opened',
    dialect: graph.dialect,
    document,
    patterns,
    compile: () => {
      try {
        return { kind: 'schema', validator: new AjvValidator(schemas, schemas.compile(graph.root)) };
      } catch (error) {
        return refusal([], `a schema must be one that ajv compiles: ${printable(String(error), 200)}`);
      }
    },
    allows,
    has: (schema) => typeof schema === 'boolean' || nodes.has(schema),
  };
}

/** How many subschemas stand in a part. */
function sizeOf({ edges }: SchemaNode): number {
  const inside = edges.filter(({ keyword, reach }) => keyword !== '$ref' && reach !== 'nowhere');
  return inside.reduce((sum, { to }) => sum + sizeOf(to), 1);
}
