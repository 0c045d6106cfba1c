import { refusal, type SchemaGraph, type SchemaNode, type SchemaRefusal } from './graph.ts';

/**
 * Refuses, by 2020-12, `unevaluatedItems` over a `contains` that is not in the very same schema: what is contained counts as
 * evaluated, and of that ajv takes no note.
 */
export function leftOverFault({ dialect, nodes }: SchemaGraph): SchemaRefusal | undefined {
  if (dialect !== '2020-12') return undefined;
  const containing = new Set<SchemaNode>();
  // Until nothing is added: a reference may lead to a node that comes later.
  for (let known = -1; known < containing.size; ) {
    known = containing.size;
    for (const node of nodes) if (containsItself(node) || containsInPlace(node, containing)) containing.add(node);
  }
  const fault = nodes.find(
    (node) => node.edges.some(({ keyword }) => keyword === 'unevaluatedItems') && containsInPlace(node, containing),
  );
  return (
    fault &&
    refusal(
      [...fault.path, 'unevaluatedItems'],
      'a schema must not use unevaluatedItems with contains in a schema that it combines or refers to; both can be in one schema',
    )
  );
}

const containsItself = ({ edges }: SchemaNode): boolean => edges.some(({ keyword }) => keyword === 'contains');

/** What stands in `not` never counts. */
const containsInPlace = ({ edges }: SchemaNode, containing: ReadonlySet<SchemaNode>): boolean =>
  edges.some(({ keyword, reach, to }) => reach === 'here' && keyword !== 'not' && containing.has(to));
