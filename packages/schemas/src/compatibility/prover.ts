import type { Dialect } from '../client-schema/dialect.ts';
import type { JsonObject } from '../json/canonical-json.ts';
import type { JsonValue } from '../json/strict-json.ts';
import type { SchemaEquality } from './equality.ts';
import type { OlderSchema, ValueType, View } from './older.ts';
import type { Breach } from './verdict.ts';

/** Outermost first. */
export type Path = readonly (string | number)[];

/** A schema of the newer version, with where it stands. */
export interface Place {
  readonly schema: JsonValue;
  readonly path: Path;
}

/** What a rule asks for: do all values of the view keep one keyword, or a few that belong together, of the schema? */
export interface Question {
  readonly view: View;
  readonly types: ReadonlySet<ValueType>;
  readonly schema: JsonObject;
  readonly path: Path;
}

/** What rules need to answer. */
export interface Prover {
  readonly dialect: Dialect;
  readonly older: OlderSchema;
  readonly equality: SchemaEquality;
  /** Of the same value. */
  proves(view: View, newer: Place): Breach | undefined;
  /** Of a value inside of it. */
  provesInside(view: View, newer: Place): Breach | undefined;
  /** Of a pattern and a schema of the newer version. */
  matches(pattern: string, name: string): boolean;
  accepts(schema: JsonValue, value: JsonValue): boolean;
  breach(path: Path, detail: string): Breach;
  unproven(path: Path, why: string): Breach;
}

/** Undefined where the answer is yes. */
export type Rule = (question: Question, prover: Prover) => Breach | undefined;
