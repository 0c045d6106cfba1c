import type { AckOutcome } from '../../delivery/delivery.ts';
import { invalidAckIds, temporarilyFailedAckIds } from '../../grpc/errors.ts';

/** How the clients' libraries read what became of an id: permanent failures by name, temporary ones by the prefix. */
const REASONS = {
  invalid: 'PERMANENT_FAILURE_INVALID_ACK_ID',
  'temporary-failure': 'TRANSIENT_FAILURE_SERVICE_UNAVAILABLE',
  unordered: 'TRANSIENT_FAILURE_UNORDERED_ACK_ID',
} as const satisfies Record<Exclude<AckOutcome, 'done'>, string>;

/** @throws RpcError where an id failed, which only those of a subscription with exactly-once delivery do. */
export function checkOutcomes(ackIds: readonly string[], outcomes: readonly AckOutcome[]): void {
  if (outcomes.every((outcome) => outcome === 'done')) return;
  const reasons = new Map<string, string>();
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome !== 'done') reasons.set(ackIds[index] ?? '', REASONS[outcome]);
  }
  throw outcomes.includes('invalid') ? invalidAckIds(reasons) : temporarilyFailedAckIds(reasons);
}

/** The ids that came to each outcome. */
export function byOutcome(
  ackIds: readonly string[],
  outcomes: readonly AckOutcome[],
): Readonly<Record<AckOutcome, string[]>> {
  const sorted: Record<AckOutcome, string[]> = { done: [], invalid: [], 'temporary-failure': [], unordered: [] };
  for (const [index, ackId] of ackIds.entries()) sorted[outcomes[index] ?? 'invalid'].push(ackId);
  return sorted;
}
