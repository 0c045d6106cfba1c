import type { ValidateFunction } from 'ajv';
import { JsonIdentities } from '../json/json-identities.ts';
import type { JsonValue } from '../json/strict-json.ts';
import { received } from '../received.ts';
import type { AjvSchemas } from './ajv.ts';
import type { RunContext } from './keywords.ts';
import { type Violation, violationsOf } from './violations.ts';

/**
 * How much of a value is looked at for all its faults, in schemas held against a place and names asked for. Ajv keeps every
 * one that it finds, and copies them. Of a value that takes more, the first fault is told.
 */
export const MAX_REPORTED_STEPS = 5_000;

/** Holds values against one client's schema. Never throws, and takes time near linear in the value's size. */
export interface ClientValidator {
  /** Where the value breaks the schema: `MAX_VIOLATIONS` at most, none where it is valid. The value is strict JSON. */
  violations(value: JsonValue): readonly Violation[];
}

export class AjvValidator implements ClientValidator {
  readonly #schemas: AjvSchemas;
  readonly #validate: ValidateFunction;
  #reporting: ValidateFunction | undefined;

  /** @param validate what the whole of the schemas is compiled to */
  constructor(schemas: AjvSchemas, validate: ValidateFunction) {
    this.#schemas = schemas;
    this.#validate = validate;
  }

  violations(value: JsonValue): readonly Violation[] {
    try {
      if (this.#validate.call(new Run(), value)) return NONE;
      return this.#allFaults(value) ?? violationsOf(this.#validate.errors ?? [], value);
    } catch {
      // A fault of ajv's, by all that is known of it: what cannot be decided is not let through.
      return [{ pointer: '', detail: `must be a value that its schema can be held against, got ${received(value)}` }];
    } finally {
      // They may be as large as the value.
      this.#validate.errors = null;
    }
  }

  /** Compiled only when a value is wrong, and without the blocks that end at the first fault. */
  #allFaults(value: JsonValue): readonly Violation[] | undefined {
    this.#reporting ??= this.#schemas.compileReporting();
    try {
      this.#reporting.call(new Run(), value);
      return violationsOf(this.#reporting.errors ?? [], value);
    } catch (error) {
      if (error instanceof TooManySteps) return undefined;
      throw error;
    } finally {
      this.#reporting.errors = null;
    }
  }
}

const NONE: readonly Violation[] = Object.freeze([]);

class TooManySteps extends Error {}

/** One value held against one schema. */
export class Run implements RunContext {
  #identities: JsonIdentities | undefined;
  #steps = 0;

  get identities(): JsonIdentities {
    this.#identities ??= new JsonIdentities();
    return this.#identities;
  }

  countSteps(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_REPORTED_STEPS) throw new TooManySteps();
  }
}
