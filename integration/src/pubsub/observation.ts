import { isDeepStrictEqual } from 'node:util';
import type { Plain } from './plain.ts';
import { isRefusal, type Refusal } from './refusal.ts';

/** What Google documents of a refusal: its code, and what its text has to name. */
export interface DocumentedRefusal {
  readonly refused: string;
  readonly says?: RegExp;
}

export const refused = (code: string, says?: RegExp): DocumentedRefusal => ({
  refused: code,
  ...(says !== undefined && { says }),
});

/** One thing that a scenario saw of a server, under a name that it has in every run. */
export interface Fact {
  readonly name: string;
  readonly observed: Plain | Refusal;
  /** What the service does, by Google's documentation. */
  readonly documented: Plain | DocumentedRefusal;
}

/** Undefined where the fact is as documented, else what is not. */
export function faultOf({ name, observed, documented }: Fact): string | undefined {
  const isAsDocumented = isDocumentedRefusal(documented)
    ? isRefusal(observed) && observed.error === documented.refused && (documented.says?.test(observed.text) ?? true)
    : isDeepStrictEqual(observed, documented);
  if (isAsDocumented) return undefined;
  const wanted = isDocumentedRefusal(documented) ? `${documented.refused} ${documented.says ?? ''}` : json(documented);
  return `${name}\n    observed   ${json(observed)}\n    documented ${wanted}`;
}

/** Two servers did the same where the answers are equal; of refusals, where the codes are. */
export function isSame(one: Fact['observed'], other: Fact['observed']): boolean {
  if (isRefusal(one) && isRefusal(other)) return one.error === other.error;
  return isDeepStrictEqual(one, other);
}

function isDocumentedRefusal(value: unknown): value is DocumentedRefusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

export const json = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text;
};
