import { quoted } from '@sluice/core';
import { faulty, type Setting, valid } from './setting.ts';

export interface VariableOptions<T> {
  readonly name: string;
  /** Completes the sentence "NAME must …". */
  readonly rule: string;
  /** Undefined where the text breaks the rule. */
  readonly parse: (text: string) => T | undefined;
  /** The value where the variable is absent; without it, absence is a fault. */
  readonly fallback?: T;
  /** How a value may be shown that breaks the rule. Default `quoted`. */
  readonly show?: (text: string) => string;
}

/** One environment variable. An empty one counts as absent, as a line `NAME=` in a file of variables means it. */
export function variable<T>({ name, rule, parse, fallback, show = quoted }: VariableOptions<T>): Setting<T> {
  return {
    read(environment) {
      const text = environment[name];
      if (text === undefined || text === '') {
        return fallback === undefined ? faulty({ variable: name, rule, received: undefined }) : valid(fallback);
      }
      const value = parse(text);
      return value === undefined ? faulty({ variable: name, rule, received: show(text) }) : valid(value);
    },
  };
}

/** A setting that may be absent. */
export function optional<T>(options: Omit<VariableOptions<T>, 'fallback'>): Setting<T | undefined> {
  const present = variable(options);
  return { read: (environment) => (environment[options.name] ? present.read(environment) : valid(undefined)) };
}

/**
 * For `show`: a URL without what may be a password in it, also where it is malformed. What is no URL at all may be the
 * password itself.
 */
export function maskedUrl(text: string): string {
  return quoted(SCHEME.test(text) ? masked(text) : MASK);
}

/** For `show`: addresses like `host:port`, without what may be a password beside them. */
export function maskedAddresses(text: string): string {
  return quoted(masked(text));
}

const SCHEME = /^(?:[a-z][a-z0-9+.-]*:)+\/\//i;
const MASK = '***';
/** A host, its port and a path, or as much of them as there is. */
const PLACE = /^(?:[\w.-]*|\[[\da-f:.]*\])(?::\d{0,5})?(?:\/.*)?$/i;

/** Shows what can only be scheme, host, port and path: `me:secret` is what is left of a URL whose host was forgotten. */
function masked(text: string): string {
  const scheme = SCHEME.exec(text)?.[0] ?? '';
  const place = text
    .slice(scheme.length)
    .replace(/^.*@/s, '')
    .replace(/[?#].*$/s, '');
  const start = text.includes('@') ? `${MASK}@` : '';
  const end = /[?#]/.test(text) ? `?${MASK}` : '';
  return scheme + (place.split(/[\s,]+/).every((part) => PLACE.test(part)) ? start + place + end : MASK);
}

export function wholeNumber(name: string, { min, max, fallback }: { min: number; max: number; fallback: number }) {
  return variable({
    name,
    rule: `be a whole number from ${min} to ${max}`,
    parse: (text) => {
      const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
    fallback,
  });
}

/** One of the words, in any case. */
export function choice<const T extends string>(name: string, words: readonly T[], fallback: T): Setting<T> {
  return variable({
    name,
    rule: `be ${words.length > 1 ? 'one of ' : ''}${words.join(', ')}`,
    parse: (text) => words.find((word) => word.toLowerCase() === text.toLowerCase()),
    fallback,
  });
}
