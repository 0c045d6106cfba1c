import type { Instant, SchemaVersion } from '@sluice/core';
import { type ClientValidator, parseClientSchema } from '@sluice/schemas';

/** A version of a stream's schema, ready to read records with. */
export interface ReadableVersion {
  readonly version: number;
  readonly validator: ClientValidator;
}

/** The versions of one stream's schema, as far as they are known. */
export interface SchemaVersions {
  at(version: number): ReadableVersion | undefined;
  /** The last one that was registered by then; the first, where none was: older than that are records of others. */
  inForce(time: Instant): ReadableVersion | undefined;
}

/**
 * Compiled schemas, those that were used last: compiling takes thousands of times as long as validating, and what it makes
 * is too large to be kept for every stream there may be.
 */
export class CompiledSchemas {
  readonly #limit: number;
  /** By the registration's command id. In the order of use. */
  readonly #validators = new Map<string, ClientValidator>();
  #latest: { readonly commandId: string; readonly validator: ClientValidator } | undefined;

  /** @param limit how many are kept; default 500 */
  constructor(limit = 500) {
    this.#limit = limit;
  }

  /** @returns undefined where what was registered is no schema, as only another release of Sluice could have taken it */
  validatorOf({ commandId, schema }: SchemaVersion): ClientValidator | undefined {
    if (this.#latest?.commandId === commandId) return this.#latest.validator;
    const validator = this.#validators.get(commandId) ?? compiled(schema);
    if (!validator) return undefined;
    this.#validators.delete(commandId);
    this.#validators.set(commandId, validator);
    this.#latest = { commandId, validator };
    if (this.#validators.size > this.#limit) this.#forgetOldest();
    return validator;
  }

  #forgetOldest(): void {
    for (const oldest of this.#validators.keys()) {
      this.#validators.delete(oldest);
      return;
    }
  }
}

/** @param versions of one stream, in their order; it may grow, and is looked at for each question */
export function schemaVersions(versions: readonly SchemaVersion[], compiled: CompiledSchemas): SchemaVersions {
  const readable = (version: SchemaVersion | undefined): ReadableVersion | undefined => {
    const validator = version && compiled.validatorOf(version);
    return validator && { version: version.version, validator };
  };
  return {
    at: (version) => readable(versions.find((each) => each.version === version)),
    inForce: (time) => readable(versions.findLast(({ registeredAt }) => registeredAt <= time) ?? versions[0]),
  };
}

function compiled(schema: string): ClientValidator | undefined {
  const parsed = parseClientSchema(schema);
  return parsed.kind === 'schema' ? parsed.validator : undefined;
}
