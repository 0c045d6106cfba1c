import { isJsonObject } from '../json/canonical-json.ts';
import { type LinearPattern, linearPattern } from '../patterns/linear-pattern.ts';
import { applicatorOf } from './dialect.ts';
import { refusal, type SchemaEdge, type SchemaGraph, type SchemaNode, type SchemaRefusal } from './graph.ts';

/** Of all the different patterns of one schema, together: compiling takes time too. */
export const MAX_PATTERNS_SIZE = 4_096;

/** So many different ones: the time to compile what uses them is quadratic in their number. */
export const MAX_PATTERNS = 400;

/** Steps of a pattern that take about as long as evaluating a small subschema. */
const STEPS_PER_EVALUATION = 2;
/** Even one step a character: a text may be long. */
const EVALUATIONS_PER_PATTERN = 3;
/** A property's name is asked for whether it is there or not, as is that of one that others depend on. */
const NAMES_PER_EVALUATION = 16;
/** Where a divisor is no whole number, decimals are divided digit by digit. */
const EVALUATIONS_PER_DIVISION = 15;

/** The patterns of one schema, each compiled once. */
export class SchemaPatterns {
  readonly #patterns = new Map<string, LinearPattern>();
  #size = 0;

  /** Compiles all the patterns of a graph, or says which of them is refused. */
  addAll({ dialect, nodes }: SchemaGraph): SchemaRefusal | undefined {
    for (const { schema, path } of nodes) {
      if (typeof schema === 'boolean') continue;
      if (typeof schema.pattern === 'string') {
        const fault = this.#add(schema.pattern, [...path, 'pattern']);
        if (fault) return fault;
      }
      if (!isJsonObject(schema.patternProperties) || !applicatorOf('patternProperties', dialect)) continue;
      for (const source of Object.keys(schema.patternProperties)) {
        const fault = this.#add(source, [...path, 'patternProperties', source]);
        if (fault) return fault;
      }
    }
    return undefined;
  }

  of(source: string): LinearPattern {
    const known = this.#patterns.get(source);
    if (!known) throw new Error('a pattern is compiled before it is asked for');
    return known;
  }

  readonly weights = {
    ofNode: ({ schema }: SchemaNode): number => {
      if (typeof schema === 'boolean') return 0;
      const pattern = typeof schema.pattern === 'string' ? this.#weight(schema.pattern) : 0;
      const { properties, dependencies, dependentRequired, multipleOf } = schema;
      const division = multipleOf === undefined || Number.isSafeInteger(multipleOf) ? 0 : EVALUATIONS_PER_DIVISION;
      const names = [properties, dependencies, dependentRequired].map((map) =>
        isJsonObject(map) ? Object.keys(map).length : 0,
      );
      return pattern + division + Math.floor(names.reduce((sum, count) => sum + count, 0) / NAMES_PER_EVALUATION);
    },
    ofEdge: ({ keyword, key }: SchemaEdge): number => (keyword === 'patternProperties' ? this.#weight(String(key)) : 0),
  };

  #weight(source: string): number {
    return EVALUATIONS_PER_PATTERN + Math.floor(this.of(source).stepsPerCharacter / STEPS_PER_EVALUATION);
  }

  #add(source: string, path: readonly (string | number)[]): SchemaRefusal | undefined {
    if (this.#patterns.has(source)) return undefined;
    const verdict = linearPattern(source);
    if (verdict.kind === 'refused') return refusal(path, verdict.detail);
    this.#size += verdict.size;
    if (this.#size > MAX_PATTERNS_SIZE) {
      return refusal(
        path,
        `the patterns of a schema must not unroll to more than ${MAX_PATTERNS_SIZE} steps together, got ${this.#size} up to here`,
      );
    }
    this.#patterns.set(source, verdict);
    if (this.#patterns.size > MAX_PATTERNS) {
      return refusal(path, `a schema must not have more than ${MAX_PATTERNS} different patterns, got another one here`);
    }
    return undefined;
  }
}
