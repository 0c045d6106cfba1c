import { compileGraph } from './client-schema-compile.ts';
import { costFault } from './client-schema-cost.ts';
import { type Dialect, dialectOf } from './client-schema-dialect.ts';
import { graphOf, type SchemaRefusal } from './client-schema-graph.ts';
import { metaschemaFault } from './client-schema-metaschema.ts';
import { SchemaPatterns } from './client-schema-patterns.ts';
import { type CompiledSchema, falseSchema, trueSchema } from './client-validation.ts';
import type { JsonValue } from './strict-json.ts';

/** A client's schema that keeps all the rules, with a check for each of its subschemas. */
export interface OpenedSchema {
  readonly kind: 'opened';
  readonly dialect: Dialect;
  readonly document: JsonValue;
  readonly patterns: SchemaPatterns;
  /** @param schema the whole, or one of the objects in it that stand for a schema, or true or false */
  checkOf(schema: JsonValue): CompiledSchema;
  /** Whether there is a check for this very object. */
  has(schema: JsonValue): boolean;
}

export function openSchema(document: JsonValue): OpenedSchema | SchemaRefusal {
  const graph = graphOf(document, dialectOf(document));
  if (graph.kind === 'refused') return graph;
  const patterns = new SchemaPatterns();
  const fault = metaschemaFault(graph) ?? patterns.addAll(graph) ?? costFault(graph, patterns.weights);
  if (fault) return fault;
  const compiled = new Map<JsonValue, CompiledSchema>();
  for (const [node, schema] of compileGraph(graph, patterns)) compiled.set(node.schema, schema);
  compiled.set(true, trueSchema).set(false, falseSchema);
  const checkOf = (schema: JsonValue): CompiledSchema => {
    const known = compiled.get(schema);
    if (!known) throw new Error('only what stands in the schema has a check');
    return known;
  };
  return { kind: 'opened', dialect: graph.dialect, document, patterns, checkOf, has: (schema) => compiled.has(schema) };
}
