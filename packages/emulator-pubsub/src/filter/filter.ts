import { quoted } from '../quoted.ts';
import { FilterFault } from './filter-fault.ts';
import { type Token, tokensOf } from './tokens.ts';

export type Attributes = Readonly<Record<string, string>>;
export type Matches = (attributes: Attributes) => boolean;

export type ParsedFilter =
  | { readonly kind: 'filter'; readonly matches: Matches }
  /** Why it is no filter: the rule and what was found instead, fit for an answer. */
  | { readonly kind: 'faulty'; readonly detail: string };

/** In UTF-8. Since each level costs a byte at least, it bounds how deep a filter nests, too. */
export const MAX_FILTER_BYTES = 256;

/**
 * Makes a predicate of the text of a subscription's filter, in the language of
 * https://cloud.google.com/pubsub/docs/subscription-message-filter. Empty text matches everything.
 *
 * ```
 * expression = term { "AND" term } | term { "OR" term }
 * term       = [ "NOT" | "-" ] simple
 * simple     = "(" expression ")" | "attributes" ":" key | value ( "=" | "!=" ) string
 *            | "hasPrefix" "(" value "," string ")"
 * value      = "attributes" "." key
 * key        = string | letters, digits, "_" and "-"
 * ```
 * AND and OR meet in parentheses alone. Operators and names are case-sensitive. Strings stand in double or single
 * quotes. `!=` is the negation of `=`: it also matches where the attribute is absent.
 *
 * pstest, Google's own fake, differs: it takes AND beside OR, `<` and its like, keys of any characters without quotes and
 * filters of any length, none of which is documented; it refuses what is: a "-" in a key, a key of digits after ":".
 */
export function parseFilter(text: string): ParsedFilter {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_FILTER_BYTES) {
    return { kind: 'faulty', detail: `filter must have at most ${MAX_FILTER_BYTES} bytes, got ${bytes}` };
  }
  if (text === '') return { kind: 'filter', matches: () => true };
  try {
    return { kind: 'filter', matches: new Parser(tokensOf(text)).filter() };
  } catch (error) {
    if (error instanceof FilterFault) return { kind: 'faulty', detail: `filter: ${error.message}` };
    throw error;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  filter(): Matches {
    const matches = this.#expression();
    if (this.#token.kind !== 'end') this.#refuse('"AND", "OR" or the end');
    return matches;
  }

  #expression(): Matches {
    const terms = [this.#term()];
    const operator = this.#token.text;
    while (this.#takes('word', 'AND') || this.#takes('word', 'OR')) {
      // Without this rule a reader would have to know which of the two binds closer.
      if (this.#previous.text !== operator) {
        throw new FilterFault(`AND and OR must be kept apart by parentheses, got both at ${this.#previous.at + 1}`);
      }
      terms.push(this.#term());
    }
    const [only] = terms;
    if (terms.length === 1 && only !== undefined) return only;
    if (operator === 'AND') return (attributes) => terms.every((matches) => matches(attributes));
    return (attributes) => terms.some((matches) => matches(attributes));
  }

  #term(): Matches {
    if (!this.#takes('word', 'NOT') && !this.#takes('sign', '-')) return this.#simple();
    const matches = this.#simple();
    return (attributes) => !matches(attributes);
  }

  #simple(): Matches {
    if (this.#takes('sign', '(')) {
      const matches = this.#expression();
      this.#expect('sign', ')');
      return matches;
    }
    if (this.#takes('word', 'hasPrefix')) return this.#prefix();
    if (!this.#takes('word', 'attributes')) this.#refuse('"attributes", "hasPrefix", "NOT", "-" or "("');
    if (this.#takes('sign', ':')) {
      const key = this.#key();
      return (attributes) => Object.hasOwn(attributes, key);
    }
    return this.#comparison();
  }

  #comparison(): Matches {
    const key = this.#member();
    const isEqual = this.#takes('sign', '=');
    if (!isEqual && !this.#takes('sign', '!=')) this.#refuse('"=" or "!="');
    const value = this.#string('a value');
    return (attributes) => (attributeOf(attributes, key) === value) === isEqual;
  }

  #prefix(): Matches {
    this.#expect('sign', '(');
    this.#expect('word', 'attributes');
    const key = this.#member();
    this.#expect('sign', ',');
    const prefix = this.#string('a prefix');
    this.#expect('sign', ')');
    return (attributes) => attributeOf(attributes, key)?.startsWith(prefix) === true;
  }

  #member(): string {
    this.#expect('sign', '.');
    return this.#key();
  }

  #key(): string {
    const { kind, text } = this.#token;
    if (kind !== 'word' && kind !== 'string') this.#refuse('a key of letters, digits, "_" and "-", or a string');
    this.#next++;
    return text;
  }

  #string(what: string): string {
    const { kind, text } = this.#token;
    if (kind !== 'string') this.#refuse(`${what} in quotes`);
    this.#next++;
    return text;
  }

  get #token(): Token {
    return this.#at(this.#next);
  }

  get #previous(): Token {
    return this.#at(this.#next - 1);
  }

  #at(index: number): Token {
    return this.#tokens[index] ?? { kind: 'end', text: '', at: 0 };
  }

  #takes(kind: Token['kind'], text: string): boolean {
    const token = this.#token;
    if (token.kind !== kind || token.text !== text) return false;
    this.#next++;
    return true;
  }

  #expect(kind: Token['kind'], text: string): void {
    if (!this.#takes(kind, text)) this.#refuse(quoted(text));
  }

  #refuse(expected: string): never {
    const { kind, text, at } = this.#token;
    throw new FilterFault(`${expected} must stand at ${at + 1}, got ${kind === 'end' ? 'the end' : quoted(text)}`);
  }
}

/** Not what an object has by nature: `__proto__` and `constructor` are keys like any other. */
const attributeOf = (attributes: Attributes, key: string): string | undefined =>
  Object.hasOwn(attributes, key) ? attributes[key] : undefined;
