import { quoted } from '@sluice/core';

export type PatternTranslation =
  | { readonly kind: 'translated'; readonly re2: string /** How many instructions, about. */; readonly size: number }
  | { readonly kind: 'refused' /** Completes "a pattern must …". */; readonly must: string };

const ANY = '\\x{0}-\\x{10ffff}';
/** ECMAScript's WhiteSpace and LineTerminator; RE2's `\s` is six characters of ASCII. */
const SPACE = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
] as const;
const LINE_ENDS = '\\n\\r\\x{2028}\\x{2029}';
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };
/** The general categories by the long names that ECMAScript takes beside the short ones; RE2 takes only those. */
const CATEGORIES: Readonly<Record<string, string>> = {
  Letter: 'L',
  Cased_Letter: 'LC',
  Uppercase_Letter: 'Lu',
  Lowercase_Letter: 'Ll',
  Titlecase_Letter: 'Lt',
  Modifier_Letter: 'Lm',
  Other_Letter: 'Lo',
  Mark: 'M',
  Number: 'N',
  Decimal_Number: 'Nd',
  Punctuation: 'P',
  Symbol: 'S',
  Separator: 'Z',
  Space_Separator: 'Zs',
  Other: 'C',
  Control: 'Cc',
};
const PROPERTY = /^\{(?:(?:General_Category|gc|Script|sc)=)?([A-Za-z_]+)\}/;
const COUNT = /\{(\d+)(,(\d*))?\}/y;
const BRACED = /\{0*([0-9a-fA-F]{1,6})\}/y;
const MAX_COUNT = 1_000;
const MAX_OPEN_GROUPS = 100;

/**
 * Writes a pattern that ECMAScript takes as one that RE2 takes and that matches the same texts: both spell alike, but for
 * white space, line ends, `$`, class syntax and escapes. Groups lose their captures, which nothing asks for.
 * @param source a pattern whose syntax is right, with the flag `u` or without
 */
export function translatePattern(source: string): PatternTranslation {
  try {
    return { kind: 'translated', ...new Translator(source).run() };
  } catch (error) {
    if (error instanceof Unsupported) return { kind: 'refused', must: error.message };
    throw error;
  }
}

class Unsupported extends Error {}

/** The size of what stands in one group: a sequence so far, and what its last part adds, which a quantifier multiplies. */
interface Group {
  size: number;
  last: number;
}

class Translator {
  readonly #source: string;
  readonly #unicode: boolean;
  readonly #groups: Group[] = [{ size: 1, last: 0 }];
  #at = 0;
  #re2 = '';

  constructor(source: string) {
    this.#source = source;
    this.#unicode = isUnicodePattern(source);
  }

  run(): { readonly re2: string; readonly size: number } {
    while (this.#at < this.#source.length) this.#term();
    return { re2: this.#re2, size: this.#groups.reduce((sum, group) => sum + group.size, 0) };
  }

  #term(): void {
    const character = this.#character();
    switch (character) {
      case '^':
        this.#atom('\\A');
        break;
      case '$':
        this.#atom('\\z');
        break;
      case '.':
        this.#atom(`[^${LINE_ENDS}]`);
        break;
      case '|':
        this.#re2 += '|';
        this.#counts(1);
        break;
      case '(':
        this.#open();
        break;
      case ')':
        this.#close();
        break;
      case '[':
        this.#class();
        break;
      case '\\':
        this.#escape();
        break;
      case '*':
      case '+':
      case '?':
        this.#quantified(character, 1, 1);
        break;
      case '{':
        this.#counted();
        break;
      default:
        this.#atom(literal(character.codePointAt(0) ?? 0));
        break;
    }
  }

  #character(): string {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    return character;
  }

  #took(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #atom(re2: string, size = 1): void {
    this.#re2 += re2;
    this.#counts(size);
  }

  #counts(size: number): void {
    const group = this.#groups.at(-1);
    if (!group) return;
    group.size += size;
    group.last = size;
  }

  #open(): void {
    if (this.#took('?')) {
      for (const look of ['=', '!', '<=', '<!']) {
        if (this.#took(look))
          throw new Unsupported(`have no look-around, which RE2 cannot do in linear time: (?${look}`);
      }
      if (this.#took('<')) this.#at = this.#source.indexOf('>', this.#at) + 1;
      else if (!this.#took(':')) throw new Unsupported('have no flags inside');
    }
    if (this.#groups.length > MAX_OPEN_GROUPS) throw new Unsupported(`nest at most ${MAX_OPEN_GROUPS} groups`);
    this.#re2 += '(?:';
    this.#groups.push({ size: 0, last: 0 });
  }

  #close(): void {
    this.#re2 += ')';
    const inner = this.#groups.pop();
    // An empty group still is a step, and repeating it must not be free.
    this.#counts(Math.max(inner?.size ?? 0, 1));
  }

  #quantified(re2: string, copies: number, more: number): void {
    // Whether as much as possible or as little is taken first changes what is captured, not whether there is a match.
    this.#took('?');
    this.#re2 += re2;
    const group = this.#groups.at(-1);
    if (!group) return;
    const size = group.last * copies + more;
    group.size += size - group.last;
    group.last = size;
  }

  #counted(): void {
    COUNT.lastIndex = this.#at - 1;
    const count = COUNT.exec(this.#source);
    if (!count) {
      this.#atom(literal(0x7b));
      return;
    }
    const [text, from = '0', comma, to = ''] = count;
    const [least, most] = [Number(from), comma === undefined ? Number(from) : to === '' ? undefined : Number(to)];
    if (Math.max(least, most ?? 0) > MAX_COUNT) {
      throw new Unsupported(`repeat at most ${MAX_COUNT} times, as RE2 does, not ${quoted(text, 40)}`);
    }
    this.#at += text.length - 1;
    // The optional copies take a step of choice each.
    const optional = most === undefined ? 1 : most - least;
    const written = `{${least}${comma === undefined ? '' : `,${most ?? ''}`}}`;
    this.#quantified(written, most ?? Math.max(least, 1), optional);
  }

  #escape(): void {
    const next = this.#character();
    if (/[1-9]/.test(next)) throw new Unsupported(`have no back-reference, which RE2 cannot do: \\${next}`);
    if (next === 'k' && (this.#unicode || this.#took('<'))) {
      throw new Unsupported('have no back-reference, which RE2 cannot do: \\k');
    }
    const set = this.#set(next);
    if (next === 'b' || next === 'B') this.#atom(`\\${next}`);
    else if (set !== undefined) this.#atom(`[${set}]`, sizeOfSet(set));
    else this.#atom(literal(this.#escaped(next)));
  }

  /** What may stand between brackets for an escape that means many characters; undefined for one that means one. */
  #set(next: string): string | undefined {
    if (/[dDwW]/.test(next)) return `\\${next}`;
    if (next === 's') return SPACE.map(([from, to]) => `${literal(from)}-${literal(to)}`).join('');
    if (next === 'S') return gaps(SPACE);
    if ((next === 'p' || next === 'P') && this.#unicode) {
      const [text = '', name = ''] = PROPERTY.exec(this.#source.slice(this.#at, this.#at + 80)) ?? [];
      if (text === '') throw new Unsupported(`use Unicode properties that RE2 knows, as in \\p{L} or \\p{Greek}`);
      this.#at += text.length;
      return `\\${next}{${(Object.hasOwn(CATEGORIES, name) && CATEGORIES[name]) || name}}`;
    }
    return undefined;
  }

  /** The code point that an escape stands for, with what follows its first character. */
  #escaped(next: string): number {
    const rest = this.#source.slice(this.#at, this.#at + 16);
    const take = (found: RegExpExecArray | null): number | undefined => {
      if (!found) return undefined;
      this.#at += found[0].length;
      return Number.parseInt(found[1] ?? '', 16);
    };
    if (Object.hasOwn(CONTROLS, next)) return CONTROLS[next] ?? 0;
    if (next === '0') {
      if (/^\d/.test(rest)) throw new Unsupported('write characters as \\x.. or \\u...., not in octal');
      return 0;
    }
    if (next === 'x') return take(/^([0-9a-fA-F]{2})/.exec(rest)) ?? 0x78;
    if (next === 'u') {
      BRACED.lastIndex = this.#at;
      const braced = this.#unicode ? take(BRACED.exec(this.#source)) : undefined;
      const high = braced ?? take(/^([0-9a-fA-F]{4})/.exec(rest)) ?? 0x75;
      return braced === undefined ? this.#paired(high) : high;
    }
    if (next === 'c') {
      const letter = /^[a-zA-Z]/.exec(rest)?.[0];
      if (letter === undefined) throw new Unsupported('name a control character by a letter, as in \\cJ');
      this.#at++;
      return letter.charCodeAt(0) % 32;
    }
    return next.codePointAt(0) ?? 0;
  }

  /** Two escapes of surrogates are one character. A lone one is in no text that strict JSON takes. */
  #paired(high: number): number {
    if (high < 0xd800 || high > 0xdfff) return high;
    const low =
      high < 0xdc00 ? /^\\u([dD][c-fC-F][0-9a-fA-F]{2})/.exec(this.#source.slice(this.#at, this.#at + 6)) : null;
    if (!low) throw new Unsupported('have no lone surrogate');
    this.#at += 6;
    return (high - 0xd800) * 0x400 + (Number.parseInt(low[1] ?? '', 16) - 0xdc00) + 0x10000;
  }

  #class(): void {
    const negated = this.#took('^');
    let set = '';
    while (!this.#took(']')) set += this.#classRange();
    // What ECMAScript says with nothing between the brackets, nothing or anything, RE2 must be told in full.
    if (set === '') this.#atom(negated ? `[${ANY}]` : `[^${ANY}]`);
    else this.#atom(`[${negated ? '^' : ''}${set}]`, sizeOfSet(set));
  }

  #classRange(): string {
    const from = this.#classAtom();
    if (!this.#source.startsWith('-', this.#at) || this.#source.startsWith('-]', this.#at)) {
      return typeof from === 'string' ? from : literal(from);
    }
    this.#at++;
    const to = this.#classAtom();
    if (typeof from === 'number' && typeof to === 'number') return `${literal(from)}-${literal(to)}`;
    // Without the flag `u`, a dash beside a set such as \w is just a dash.
    return [from, 0x2d, to].map((part) => (typeof part === 'string' ? part : literal(part))).join('');
  }

  /** One character, or the text of a set. */
  #classAtom(): number | string {
    const character = this.#character();
    if (character !== '\\') return character.codePointAt(0) ?? 0;
    const next = this.#character();
    if (next === 'b') return 0x08;
    if (/[1-9]/.test(next)) throw new Unsupported('write characters as \\x.. or \\u...., not in octal');
    return this.#set(next) ?? this.#escaped(next);
  }
}

/** A step, and more of it where there are hundreds of ranges to look a character up in, as in a Unicode property. */
const sizeOfSet = (set: string): number => 1 + Math.floor(set.length / 256) + (set.match(/\\[pP]/g)?.length ?? 0);

function isUnicodePattern(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

/** By its number, so that no character can mean anything else to RE2. */
const literal = (codePoint: number): string =>
  /[A-Za-z0-9]/.test(String.fromCodePoint(codePoint))
    ? String.fromCodePoint(codePoint)
    : `\\x{${codePoint.toString(16)}}`;

function gaps(ranges: readonly (readonly [from: number, to: number])[]): string {
  let text = '';
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) text += `${literal(next)}-${literal(from - 1)}`;
    next = to + 1;
  }
  return `${text}${literal(next)}-\\x{10ffff}`;
}
