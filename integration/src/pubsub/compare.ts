import { type Fact, isSame, json } from './observation.ts';
import type { Plain } from './plain.ts';
import { isRefusal } from './refusal.ts';

/** What scenarios saw of a server: their names, each with its facts. */
export type Observation = ReadonlyMap<string, readonly Fact[]>;

/** Where two servers do not the same, and which is right. */
export interface Difference {
  readonly about: string;
  readonly emulator: string;
  readonly pstest: string;
  /** Why the emulator is right. */
  readonly why: string;
  /** The page of Google's that says so. */
  readonly documentation: string;
  /** Each fact in which it shows, by scenario, with what is seen of pstest there, as `seen` has it. */
  readonly facts: Readonly<Record<string, Readonly<Record<string, Plain>>>>;
}

/** Where both refuse with the same code in other words. */
export interface TextDifference {
  readonly code: string;
  /** Matches all of pstest's text. */
  readonly pstest: RegExp;
  readonly why: string;
  readonly documentation: string;
}

/**
 * A short form of a fact: of a refusal its code, of an answer where a refusal is documented that there was one. What is
 * in such an answer is no matter.
 */
export function seen({ observed, documented }: Fact): Plain {
  if (isRefusal(observed)) return observed.error;
  const isRefusalDocumented = typeof documented === 'object' && documented !== null && 'refused' in documented;
  return isRefusalDocumented ? 'answered' : observed;
}

/** All that is wrong between the two servers and the list of their differences. */
export function faultsBetween(
  emulator: Observation,
  pstest: Observation,
  { differences, texts }: { readonly differences: readonly Difference[]; readonly texts: readonly TextDifference[] },
): readonly string[] {
  const faults: string[] = [];
  const listed = new Map<string, { readonly difference: Difference; readonly pstest: Plain }>();
  for (const difference of differences) {
    for (const [scenario, facts] of Object.entries(difference.facts)) {
      for (const [name, value] of Object.entries(facts)) {
        const key = keyOf(scenario, name);
        if (listed.has(key)) faults.push(`${key} is listed twice`);
        listed.set(key, { difference, pstest: value });
      }
    }
  }
  const usedTexts = new Set<TextDifference>();
  for (const [scenario, name, ours, theirs] of pairs(emulator, pstest)) {
    const key = keyOf(scenario, name);
    const entry = listed.get(key);
    listed.delete(key);
    if (ours === undefined || theirs === undefined) {
      faults.push(`${key} was seen of ${ours === undefined ? 'pstest' : 'the emulator'} alone`);
      continue;
    }
    if (isSame(ours.observed, theirs.observed)) {
      if (entry !== undefined) faults.push(`${key} is listed (${entry.difference.about}) and differs no more`);
      const text = textFault(ours, theirs, texts, usedTexts);
      if (text !== undefined) faults.push(`${key}: ${text}`);
    } else if (entry === undefined) {
      faults.push(`${key} differs: the emulator ${json(ours.observed)}, pstest ${json(theirs.observed)}`);
    } else if (json(entry.pstest) !== json(seen(theirs))) {
      faults.push(`${key} is listed as ${json(entry.pstest)} of pstest, which does ${json(seen(theirs))}`);
    }
  }
  for (const [key, { difference }] of listed) faults.push(`${key} is listed (${difference.about}) and was not seen`);
  for (const text of texts) {
    if (!usedTexts.has(text)) faults.push(`no ${text.code} of pstest’s says ${text.pstest} any more`);
  }
  return faults;
}

function textFault(
  ours: Fact,
  theirs: Fact,
  texts: readonly TextDifference[],
  used: Set<TextDifference>,
): string | undefined {
  if (!isRefusal(ours.observed) || !isRefusal(theirs.observed)) return undefined;
  const { error, text } = theirs.observed;
  if (text === ours.observed.text) return undefined;
  const listed = texts.find(({ code, pstest }) => code === error && pstest.test(text));
  if (listed === undefined) return `the emulator says ${json(ours.observed.text)}, pstest ${json(text)}`;
  used.add(listed);
  return undefined;
}

const keyOf = (scenario: string, fact: string): string => `${scenario} / ${fact}`;

function* pairs(
  emulator: Observation,
  pstest: Observation,
): Iterable<readonly [scenario: string, name: string, ours: Fact | undefined, theirs: Fact | undefined]> {
  for (const scenario of new Set([...emulator.keys(), ...pstest.keys()])) {
    const ours = new Map((emulator.get(scenario) ?? []).map((fact) => [fact.name, fact]));
    const theirs = new Map((pstest.get(scenario) ?? []).map((fact) => [fact.name, fact]));
    for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
      yield [scenario, name, ours.get(name), theirs.get(name)];
    }
  }
}
