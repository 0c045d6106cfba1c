import type { JsonObject } from './canonical-json.ts';
import type { JsonValue } from './strict-json.ts';

type Repeat = readonly [first: number, second: number];

/**
 * Gives equal JSON values one identity, whatever the order of their keys. All the values inside one value together take
 * time that is near linear in its size, however often and at whatever depth they are asked for.
 */
export class JsonIdentities {
  readonly #ofObjects = new Map<object, number>();
  readonly #ofTexts = new Map<string, number>();
  readonly #repeats = new Map<readonly JsonValue[], Repeat | undefined>();

  /** A number or text that equal values share; comparable by `===` and in a Set, within this instance. */
  of(value: JsonValue): string {
    if (typeof value === 'string') return `"${value}`;
    if (typeof value !== 'object' || value === null) return String(value);
    return `#${this.#ofObject(value)}`;
  }

  /** The first two items that are equal; each array is looked at once, however often it is asked for. */
  repeatIn(items: readonly JsonValue[]): Repeat | undefined {
    if (items.length < 2) return undefined;
    const known = this.#repeats.get(items);
    if (known || this.#repeats.has(items)) return known;
    const repeat = this.#findRepeat(items);
    this.#repeats.set(items, repeat);
    return repeat;
  }

  #findRepeat(items: readonly JsonValue[]): Repeat | undefined {
    const indexes = new Map<string, number>();
    for (const [index, item] of items.entries()) {
      const identity = this.of(item);
      const first = indexes.get(identity);
      if (first !== undefined) return [first, index];
      indexes.set(identity, index);
    }
    return undefined;
  }

  #ofObject(value: JsonObject | readonly JsonValue[]): number {
    const known = this.#ofObjects.get(value);
    if (known !== undefined) return known;
    const text = Array.isArray(value) ? this.#arrayText(value) : this.#objectText(value as JsonObject);
    let identity = this.#ofTexts.get(text);
    if (identity === undefined) {
      identity = this.#ofTexts.size;
      this.#ofTexts.set(text, identity);
    }
    this.#ofObjects.set(value, identity);
    return identity;
  }

  #arrayText(value: readonly JsonValue[]): string {
    let text = '[';
    for (const item of value) text += this.#part(this.of(item));
    return text;
  }

  #objectText(value: JsonObject): string {
    let text = '{';
    for (const key of Object.keys(value).sort()) text += this.#part(key) + this.#part(this.of(value[key] ?? null));
    return text;
  }

  /** With its length before it, so that no two lists of parts make the same text. */
  #part(text: string): string {
    return `${text.length}:${text}`;
  }
}
