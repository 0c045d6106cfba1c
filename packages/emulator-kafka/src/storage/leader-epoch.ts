import type { ErrorName } from '../protocol/errors.ts';
import { LEADER_EPOCH } from './partition.ts';

/** A client that knows an epoch holds it against the only one there is; -1 is none (KIP-320). */
export function leaderEpochFault(clientsEpoch: number): ErrorName | undefined {
  return clientsEpoch > LEADER_EPOCH ? 'UNKNOWN_LEADER_EPOCH' : undefined;
}
