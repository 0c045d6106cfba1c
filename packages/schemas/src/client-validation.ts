import { pointerOf } from './json-fault.ts';
import { JsonIdentities } from './json-identities.ts';
import { received } from './received.ts';
import type { JsonValue } from './strict-json.ts';

/** Where a value breaks a client's schema. */
export interface Violation {
  /** RFC 6901, into the value; the nearest that is not overlong. */
  readonly pointer: string;
  /** The rule and the value received; escaped and bounded. */
  readonly detail: string;
}

export const MAX_VIOLATIONS = 10;

/**
 * Whether a value keeps a schema, or one rule of it. While nothing is reported, the first fault ends it; while it is, all
 * are found until the report is full.
 * @param seen notes which members and items a rule was about, where `unevaluated…` asks
 */
export type Check = (value: JsonValue, run: Run, seen: Evaluated | undefined) => boolean;

/** A schema's check, made after those that lead to it: schemas refer to each other in circles. */
export interface CompiledSchema {
  check: Check;
}

/** One value held against one schema. */
export class Run {
  /** Filled where the faults are asked for, and not just whether there is one. */
  #violations: Violation[] | undefined;
  readonly #path: (string | number)[] = [];
  /** Inside of a branch of `anyOf` or `oneOf`, whose own branches are not explained: that would multiply. */
  #inBranch = false;
  #identities: JsonIdentities | undefined;

  constructor(violations?: Violation[]) {
    this.#violations = violations;
  }

  /** Shared by all the rules that compare parts of this value with one another. */
  get identities(): JsonIdentities {
    this.#identities ??= new JsonIdentities();
    return this.#identities;
  }

  /** Whether further faults are of no interest any more. */
  get isDecided(): boolean {
    return this.#violations === undefined || this.#violations.length >= MAX_VIOLATIONS;
  }

  /** A rule is broken here. */
  fails(value: JsonValue, detailOf: (value: JsonValue) => string): false {
    if (this.#violations && this.#violations.length < MAX_VIOLATIONS) {
      this.#violations.push({ pointer: pointerOf(this.#path.toReversed()), detail: detailOf(value) });
    }
    return false;
  }

  /** A rule about one child is broken. */
  failsAt(key: string | number, value: JsonValue, detailOf: (value: JsonValue) => string): false {
    if (this.#violations) {
      this.#path.push(key);
      this.fails(value, detailOf);
      this.#path.pop();
    }
    return false;
  }

  child(key: string | number, value: JsonValue, schema: CompiledSchema): boolean {
    if (this.#violations === undefined) return schema.check(value, this, undefined);
    this.#path.push(key);
    const holds = schema.check(value, this, undefined);
    this.#path.pop();
    return holds;
  }

  /** Asks whether a schema holds, where it is no fault if it does not. */
  tries(value: JsonValue, schema: CompiledSchema, seen: Evaluated | undefined): boolean {
    if (this.#violations === undefined) return schema.check(value, this, seen);
    const reported = this.#violations;
    this.#violations = undefined;
    const holds = schema.check(value, this, seen);
    this.#violations = reported;
    return holds;
  }

  /** Reports why none of some schemas holds, unless this is itself such an explanation. */
  explains(value: JsonValue, schemas: readonly CompiledSchema[]): void {
    if (this.#violations === undefined || this.#inBranch) return;
    this.#inBranch = true;
    for (const schema of schemas) if (!this.isDecided) schema.check(value, this, undefined);
    this.#inBranch = false;
  }
}

/** Which parts of one value some subschema has looked at; the rest is "unevaluated". */
export class Evaluated {
  readonly members = new Set<string>();
  readonly items = new Set<number>();
  allMembers = false;
  /** Items before this index. */
  itemsBelow = 0;

  add(other: Evaluated): void {
    for (const key of other.members) this.members.add(key);
    for (const index of other.items) this.items.add(index);
    this.allMembers ||= other.allMembers;
    this.itemsBelow = Math.max(this.itemsBelow, other.itemsBelow);
  }
}

export const trueSchema: CompiledSchema = { check: () => true };

export const falseSchema: CompiledSchema = {
  check: (value, run) => run.fails(value, () => `must not be there, since its schema is false, got ${received(value)}`),
};
