import type { DeadLetterReason, DeadLetterState } from '@sluice/core';

/** What the rules look at. */
export interface Judged {
  readonly reason: DeadLetterReason;
  readonly state: DeadLetterState;
  readonly isCut: boolean;
}

/** Why a dead letter cannot be put into the log again; undefined where it can. Completes "it cannot be re-driven: …". */
export function whyNotRedriven({ reason, state, isCut }: Judged): string | undefined {
  if (state === 'discarded') return 'it was discarded, and its bytes are gone';
  if (reason === 'malformed-record') return 'what lies in the log is no record, so there is nothing to send again';
  if (isCut) return 'it was too large to be kept whole, and what is left is its beginning';
  return undefined;
}

/** Why a dead letter cannot be discarded; undefined where it can. Completes "it cannot be discarded: …". */
export function whyNotDiscarded({ state }: Pick<Judged, 'state'>): string | undefined {
  switch (state) {
    case 'kept':
      return undefined;
    case 'discarded':
      return 'it was discarded before';
    case 'redriven':
      return 'it was re-driven, and what takes its stead has no outcome yet; where that never comes, re-drive it again';
    default:
      return state satisfies never;
  }
}
