import { ASSERTIONS, applicatorOf, type Dialect } from '../client-schema/dialect.ts';
import { isJsonObject, isSameSchema } from '../json/canonical-json.ts';
import { resolvePointer } from '../json/json-pointer.ts';
import type { JsonValue } from '../json/strict-json.ts';

/** All others are annotations, or unknown. */
const MATTERING = new Set<string>(['$ref', ...ASSERTIONS, 'minContains', 'maxContains', 'dependentRequired']);

const MAX_REFERENCES = 200;

/** Whether schemas of two documents are the same in all that matters, with what their references point to. */
export class SchemaEquality {
  readonly #older: JsonValue;
  readonly #newer: JsonValue;
  readonly #dialect: Dialect;
  readonly #mayGoOn: () => boolean;

  /** @param mayGoOn asked before each step: comparing what refers to much takes many */
  constructor(older: JsonValue, newer: JsonValue, dialect: Dialect, mayGoOn: () => boolean) {
    this.#older = older;
    this.#newer = newer;
    this.#dialect = dialect;
    this.#mayGoOn = mayGoOn;
  }

  holds(older: JsonValue, newer: JsonValue): boolean {
    return this.#same(older, newer, new Set());
  }

  /** @param assumed references that are being compared: what leads back to one is the same if all else is */
  #same(older: JsonValue, newer: JsonValue, assumed: Set<string>): boolean {
    // References can lead on and on, and what is not found out to be the same may still be proven compatible.
    if (!this.#mayGoOn() || assumed.size > MAX_REFERENCES) return false;
    if (!isJsonObject(older) || !isJsonObject(newer)) return older === newer;
    const [left, right] = [older, newer].map((schema) => Object.keys(schema).filter((key) => this.#matters(key)));
    if (left === undefined || left.length !== right?.length) return false;
    return left.every((keyword) => {
      const [before, after] = [older[keyword], newer[keyword]];
      if (before === undefined || after === undefined) return false;
      if (keyword === '$ref') return before === after && this.#sameTarget(before, assumed);
      if (!applicatorOf(keyword, this.#dialect)) return isSameSchema(before, after);
      const isMap = applicatorOf(keyword, this.#dialect)?.form.startsWith('map');
      return isMap || Array.isArray(before)
        ? this.#sameEach(before, after, assumed)
        : this.#same(before, after, assumed);
    });
  }

  #sameEach(older: JsonValue, newer: JsonValue, assumed: Set<string>): boolean {
    if (typeof older !== 'object' || typeof newer !== 'object' || older === null || newer === null) return false;
    if (Array.isArray(older) !== Array.isArray(newer)) return false;
    const [left, right] = [new Map(Object.entries(older)), new Map(Object.entries(newer))];
    if (left.size !== right.size) return false;
    for (const [key, before] of left) {
      const after = right.get(key);
      if (after === undefined) return false;
      // A dependency may be a list of names.
      if (!(Array.isArray(before) ? isSameSchema(before, after) : this.#same(before, after, assumed))) return false;
    }
    return true;
  }

  #sameTarget($ref: JsonValue, assumed: Set<string>): boolean {
    if (typeof $ref !== 'string' || assumed.has($ref)) return true;
    assumed.add($ref);
    const [older, newer] = [resolvePointer(this.#older, $ref), resolvePointer(this.#newer, $ref)];
    return older.kind === 'value' && newer.kind === 'value' && this.#same(older.value, newer.value, assumed);
  }

  #matters(keyword: string): boolean {
    const applicator = applicatorOf(keyword, this.#dialect);
    return applicator ? applicator.reach !== 'nowhere' : MATTERING.has(keyword);
  }
}
