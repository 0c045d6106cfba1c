import { OVERLOADED, type ProblemKind, problem, type Reply, UNAVAILABLE } from '@sluice/http';
import type { Upstream } from './upstream.ts';

/** Why a service gave no answer. */
export type Failure =
  /** No connection: the request was not sent. */
  | 'unreachable'
  /** The connection broke, or what came is no answer: the request may have been carried out. */
  | 'broken'
  /** It said nothing for too long: the request may have been carried out. */
  | 'late';

const BAD_GATEWAY: ProblemKind = { status: 502, name: 'bad-gateway', title: 'Bad gateway' };
const GATEWAY_TIMEOUT: ProblemKind = { status: 504, name: 'gateway-timeout', title: 'Gateway timeout' };

const headers = { 'Retry-After': '1' };
const MAYBE = 'the request may have taken effect; sent again with the same Idempotency-Key it does so once';

/** What the client is told instead of the service's answer. */
export function failureReply(failure: Failure, upstream: Upstream): Reply {
  switch (failure) {
    case 'unreachable':
      return problem(UNAVAILABLE, `the service ${upstream} cannot be reached; try again later`, { headers });
    case 'broken':
      return problem(BAD_GATEWAY, `the service ${upstream} broke off before it answered: ${MAYBE}`, { headers });
    case 'late':
      return problem(GATEWAY_TIMEOUT, `the service ${upstream} did not answer in time: ${MAYBE}`, { headers });
    default:
      return failure satisfies never;
  }
}

export const overloadedReply = (): Reply =>
  problem(OVERLOADED, 'more requests are in hand than the gateway takes on; try again later', { headers });

/** What the operator is told; the same words each time, so that an outage is told once. */
export function failureLine(failure: Failure, upstream: Upstream): string {
  switch (failure) {
    case 'unreachable':
      return `${upstream} cannot be reached`;
    case 'broken':
      return `${upstream} broke off before it answered`;
    case 'late':
      return `${upstream} did not answer in time`;
    default:
      return failure satisfies never;
  }
}
