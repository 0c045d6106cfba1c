import { MAX_JSON_DEPTH } from '../json/json-scan.ts';
import { refusal, type SchemaEdge, type SchemaGraph, type SchemaNode, type SchemaRefusal } from './graph.ts';

/** How many schemas may be held against one and the same place in a value, at most. */
export const MAX_EVALUATIONS = 64;
/** How many schemas may be at work within one another, from the whole value down to its deepest place. */
export const MAX_NESTING = 512;

/** What evaluating costs beyond the one evaluation that each subschema is. */
export interface Weights {
  /** Of a node's own keywords, on its own value. */
  ofNode(node: SchemaNode): number;
  /** Of finding out whether a child meets the edge's subschema at all. */
  ofEdge(edge: SchemaEdge): number;
}

/**
 * Refuses a schema that is endless, or for which one place in a value can cost more than its own size: as where each of
 * two references leads to two more. Recursion down into the value is fine.
 */
export function costFault({ root, nodes }: SchemaGraph, weights: Weights): SchemaRefusal | undefined {
  const order = inPlaceOrder(nodes);
  if (!Array.isArray(order)) return order as SchemaRefusal;
  return new Costs(order, weights).faultOf(root);
}

/** Those edges by which a schema looks at the same value again. */
const inPlace = (node: SchemaNode): readonly SchemaEdge[] => node.edges.filter(({ reach }) => reach === 'here');

/** Every node after all that it applies to its own value; or the reference that closes a circle. */
function inPlaceOrder(nodes: readonly SchemaNode[]): readonly SchemaNode[] | SchemaRefusal {
  const order: SchemaNode[] = [];
  const state = new Map<SchemaNode, 'open' | 'done'>();
  for (const start of nodes) {
    if (state.has(start)) continue;
    const open = [{ node: start, edges: inPlace(start), next: 0 }];
    state.set(start, 'open');
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const edge = top.edges[top.next++];
      if (edge === undefined) {
        state.set(top.node, 'done');
        order.push(top.node);
        open.pop();
      } else if (state.get(edge.to) === 'open') {
        return refusal(
          [...top.node.path, edge.keyword],
          'a schema must not lead back to itself on the same value, which would never end',
        );
      } else if (!state.has(edge.to)) {
        state.set(edge.to, 'open');
        open.push({ node: edge.to, edges: inPlace(edge.to), next: 0 });
      }
    }
  }
  return order;
}

interface Level {
  /** How many evaluations one place at this depth below the node's value can cost. */
  readonly evaluations: Float64Array;
  /** How many schemas can be at work within one another down to this depth. */
  readonly nesting: Float64Array;
}

/** What each node costs at each depth below its value: from those that look at the same value and one level less. */
class Costs {
  readonly #order: readonly SchemaNode[];
  readonly #number = new Map<SchemaNode, number>();
  readonly #edges: readonly (readonly SchemaEdge[])[];
  readonly #ownCosts: readonly number[];
  readonly #weights: Weights;
  readonly #levels: Level[] = [];

  constructor(order: readonly SchemaNode[], weights: Weights) {
    this.#order = order;
    for (const [index, node] of order.entries()) this.#number.set(node, index);
    this.#edges = order.map((node) => node.edges);
    this.#ownCosts = order.map((node) => 1 + weights.ofNode(node));
    this.#weights = weights;
    for (let depth = 0; depth <= MAX_JSON_DEPTH; depth++) this.#levels.push(this.#level(this.#levels.at(-1)));
  }

  faultOf(root: SchemaNode): SchemaRefusal | undefined {
    const at = this.#number.get(root) ?? 0;
    for (const [depth, { evaluations, nesting }] of this.#levels.entries()) {
      if ((evaluations[at] ?? 0) > MAX_EVALUATIONS) {
        return refusal(
          this.#culprit(root, depth).path,
          `a schema must not hold one place in a value against more than ${MAX_EVALUATIONS} subschemas (allOf, anyOf, $ref and the like multiply, and long patterns count for more)`,
        );
      }
      if ((nesting[at] ?? 0) > MAX_NESTING) {
        return refusal(
          root.path,
          `a schema must not have more than ${MAX_NESTING} subschemas at work within one another`,
        );
      }
    }
    return undefined;
  }

  #level(above: Level | undefined): Level {
    const level: Level = {
      evaluations: new Float64Array(this.#order.length),
      nesting: new Float64Array(this.#order.length),
    };
    for (const index of this.#order.keys()) {
      const edges = this.#edges[index] ?? [];
      let evaluations = above ? 0 : (this.#ownCosts[index] ?? 1);
      let nesting = 0;
      for (const { reach, to } of edges) {
        const at = this.#number.get(to) ?? 0;
        if (reach === 'here') {
          evaluations += level.evaluations[at] ?? 0;
          nesting = Math.max(nesting, level.nesting[at] ?? 0);
        } else if (above && reach !== 'nowhere') {
          nesting = Math.max(nesting, above.nesting[at] ?? 0);
        }
      }
      if (above)
        evaluations += childEvaluations(
          edges,
          (edge) => (above.evaluations[this.#number.get(edge.to) ?? 0] ?? 0) + this.#weights.ofEdge(edge),
        );
      // Beyond any bound is enough to know; sums of sums must stay numbers.
      level.evaluations[index] = Math.min(evaluations, Number.MAX_SAFE_INTEGER);
      level.nesting[index] = nesting + 1;
    }
    return level;
  }

  /** The innermost node that is too much by itself, seen from the root. */
  #culprit(root: SchemaNode, depth: number): SchemaNode {
    let node = root;
    for (let left = depth; ; ) {
      const here = node.edges.find(({ reach, to }) => reach === 'here' && this.#isTooMuch(to, left));
      const below =
        here ?? node.edges.find(({ reach, to }) => left > 0 && isBelow(reach) && this.#isTooMuch(to, left - 1));
      if (!below) return node;
      if (!here) left--;
      node = below.to;
    }
  }

  #isTooMuch(node: SchemaNode, depth: number): boolean {
    return (this.#levels[depth]?.evaluations[this.#number.get(node) ?? 0] ?? 0) > MAX_EVALUATIONS;
  }
}

const isBelow = (reach: SchemaEdge['reach']): boolean => reach !== 'here' && reach !== 'nowhere';

/** The most that one member or item can meet: of keywords that divide the children among their subschemas, only one. */
function childEvaluations(edges: readonly SchemaEdge[], costOf: (edge: SchemaEdge) => number): number {
  let named = 0;
  let placed = 0;
  let every = 0;
  let contained = 0;
  let unevaluated = 0;
  for (const edge of edges) {
    if (EVERY_MEMBER.has(edge.keyword)) every += costOf(edge);
    else if (edge.keyword === 'contains') contained += costOf(edge);
    else if (edge.keyword === 'unevaluatedItems') unevaluated += costOf(edge);
    else if (edge.reach === 'members') named = Math.max(named, costOf(edge));
    else if (edge.reach === 'items') placed = Math.max(placed, costOf(edge));
  }
  // Whether an item is left over may take asking once more whether it is contained.
  const leftOver = unevaluated > 0 ? unevaluated + contained : 0;
  return Math.max(named + every, Math.max(placed, leftOver) + contained);
}

const EVERY_MEMBER = new Set(['patternProperties', 'propertyNames']);
