import { quoted } from '@sluice/core';
import { survivesAsDouble } from './decimal.ts';
import { type JsonFault, type JsonRule, pointerOf } from './json-fault.ts';

/** Arrays and objects may lie this many levels within one another. */
export const MAX_JSON_DEPTH = 32;

const MAX_SHOWN_LENGTH = 64;
/** Whole numbers of no more digits are doubles without a doubt. */
const SAFE_DIGITS = 15;

const FEW_KEYS = 8;

const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const ESCAPES = /[\\"/bfnrt]/;
const HEX4 = /^[0-9a-fA-F]{4}$/;

/**
 * The first fault of a text in its own order, or undefined where it is strict JSON. Builds no value: that is left to the
 * engine's own parser, which is faster. Recursion ends at `MAX_JSON_DEPTH`.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  return new JsonScan(text).run();
}

class JsonScan {
  readonly #text: string;
  #at = 0;
  #fault: { readonly rule: JsonRule; readonly must: string } | undefined;
  /** Of the value at fault, innermost first; filled on the way out. */
  readonly #path: (string | number)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  run(): JsonFault | undefined {
    this.#skipSpace();
    if (this.#value(0)) {
      this.#skipSpace();
      if (this.#at === this.#text.length) return undefined;
      this.#unexpected();
    }
    return this.#fault && { ...this.#fault, pointer: this.#fault.rule === 'syntax' ? '' : pointerOf(this.#path) };
  }

  /** Every method below steps over one thing and returns true, or notes the fault and returns false. */
  #value(depth: number): boolean {
    switch (this.#text.charCodeAt(this.#at)) {
      case QUOTE:
        return this.#string();
      case OPEN_BRACE:
        return this.#object(depth + 1);
      case OPEN_BRACKET:
        return this.#array(depth + 1);
      case 0x74:
        return this.#word('true');
      case 0x66:
        return this.#word('false');
      case 0x6e:
        return this.#word('null');
      default:
        return this.#number();
    }
  }

  #object(depth: number): boolean {
    if (depth > MAX_JSON_DEPTH) return this.#tooDeep();
    this.#at++;
    this.#skipSpace();
    if (this.#took(CLOSE_BRACE)) return true;
    const keys = new SeenKeys();
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== QUOTE) return this.#unexpected();
      const key = this.#key();
      if (key === undefined || !this.#keyAllowed(key, keys)) return false;
      this.#skipSpace();
      if (!this.#took(COLON)) return this.#unexpected();
      this.#skipSpace();
      if (!this.#value(depth)) return this.#within(key);
      this.#skipSpace();
      if (this.#took(CLOSE_BRACE)) return true;
      if (!this.#took(COMMA)) return this.#unexpected();
      this.#skipSpace();
    }
  }

  #keyAllowed(key: string, keys: SeenKeys): boolean {
    if (key === '__proto__') return this.#refuse('proto-key', 'not have a key "__proto__"');
    if (!keys.add(key)) return this.#refuse('duplicate-key', `have each key once, got ${shown(key)} again`);
    return true;
  }

  #array(depth: number): boolean {
    if (depth > MAX_JSON_DEPTH) return this.#tooDeep();
    this.#at++;
    this.#skipSpace();
    if (this.#took(CLOSE_BRACKET)) return true;
    for (let index = 0; ; index++) {
      if (!this.#value(depth)) return this.#within(index);
      this.#skipSpace();
      if (this.#took(CLOSE_BRACKET)) return true;
      if (!this.#took(COMMA)) return this.#unexpected();
      this.#skipSpace();
    }
  }

  #string(): boolean {
    const start = this.#at;
    switch (this.#stringLooks()) {
      case 'plain':
      case 'escaped':
        return true;
      case 'suspicious':
        return this.#textAllowed(this.#valueSince(start));
      default:
        return false;
    }
  }

  /** The string's value, where it is allowed. */
  #key(): string | undefined {
    const start = this.#at;
    switch (this.#stringLooks()) {
      case 'plain':
        return this.#text.slice(start + 1, this.#at - 1);
      case 'escaped':
        return this.#valueSince(start);
      case 'suspicious': {
        const value = this.#valueSince(start);
        return this.#textAllowed(value) ? value : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Steps over a string without building its value, and says what that would take; undefined where it is at fault. */
  #stringLooks(): 'plain' | 'escaped' | 'suspicious' | undefined {
    const text = this.#text;
    let looks: 'plain' | 'escaped' | 'suspicious' = 'plain';
    for (let at = this.#at + 1; ; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return looks;
      }
      if (code === BACKSLASH) {
        const length = escapeLength(text, at);
        if (length === 0) return this.#unexpectedAt(at + 1);
        if (length > 2) looks = 'suspicious';
        else if (looks === 'plain') looks = 'escaped';
        at += length - 1;
      } else if (!(code >= 0x20)) {
        return this.#unexpectedAt(at);
      } else if (code >= 0xd800) looks = 'suspicious';
    }
  }

  #valueSince(start: number): string {
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #textAllowed(value: string): boolean {
    if (!value.isWellFormed()) return this.#refuse('lone-surrogate', `not hold a lone surrogate, got ${shown(value)}`);
    if (value.includes('\0')) return this.#refuse('nul', `not hold a NUL character, got ${shown(value)}`);
    return true;
  }

  #number(): boolean {
    const start = this.#at;
    if (this.#text.charCodeAt(start) === MINUS) this.#at++;
    const firstDigit = this.#at;
    const digits = this.#digits();
    if (digits === 0) return this.#unexpected();
    if (digits > 1 && this.#text.charCodeAt(firstDigit) === ZERO) {
      this.#at = firstDigit + 1;
      return this.#unexpected();
    }
    let whole = true;
    if (this.#took(POINT)) {
      whole = false;
      if (this.#digits() === 0) return this.#unexpected();
    }
    const exponent = this.#text.charCodeAt(this.#at) | 0x20;
    if (exponent === 0x65) {
      whole = false;
      this.#at++;
      if (!this.#took(0x2b)) this.#took(MINUS);
      if (this.#digits() === 0) return this.#unexpected();
    }
    if (whole && digits <= SAFE_DIGITS) return true;
    const token = this.#text.slice(start, this.#at);
    if (survivesAsDouble(token)) return true;
    const got = token.length > MAX_SHOWN_LENGTH ? `${token.slice(0, MAX_SHOWN_LENGTH)}…` : token;
    return this.#refuse('number', `be a number that a double keeps, got ${got}, which would become ${Number(token)}`);
  }

  #digits(): number {
    const start = this.#at;
    for (let code = this.#text.charCodeAt(start); code >= ZERO && code <= NINE; ) {
      code = this.#text.charCodeAt(++this.#at);
    }
    return this.#at - start;
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return this.#unexpected();
    this.#at += word.length;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #took(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #within(token: string | number): false {
    this.#path.push(token);
    return false;
  }

  #tooDeep(): false {
    return this.#refuse('depth', `not be nested deeper than ${MAX_JSON_DEPTH} levels`);
  }

  #unexpected(): false {
    this.#unexpectedAt(this.#at);
    return false;
  }

  #unexpectedAt(at: number): undefined {
    const character = this.#text.codePointAt(at);
    const found = character === undefined ? 'its end' : shown(String.fromCodePoint(character));
    this.#refuse('syntax', `be JSON (RFC 8259), got ${found} at character ${at + 1} of ${shown(this.#text)}`);
  }

  #refuse(rule: JsonRule, must: string): false {
    this.#fault = { rule, must };
    return false;
  }
}

/** The keys of one object. Most have few, and a Set costs more than looking at those. */
class SeenKeys {
  readonly #few: string[] = [];
  #many: Set<string> | undefined;

  /** @returns whether the key is new */
  add(key: string): boolean {
    if (this.#many) return this.#many.size < this.#many.add(key).size;
    if (this.#few.includes(key)) return false;
    this.#few.push(key);
    if (this.#few.length > FEW_KEYS) this.#many = new Set(this.#few);
    return true;
  }
}

/** Of the escape sequence at `at`; 0 where it is none. */
function escapeLength(text: string, at: number): 0 | 2 | 6 {
  const next = text.charAt(at + 1);
  if (next === 'u') return HEX4.test(text.slice(at + 2, at + 6)) ? 6 : 0;
  return ESCAPES.test(next) ? 2 : 0;
}

const shown = (text: string): string => quoted(text, MAX_SHOWN_LENGTH);
