import type { IncomingMessage } from 'node:http';
import { isRetryable } from '@sluice/core';
import type { Logger } from '@sluice/runtime';
import type { Reply } from './reply.ts';
import { pathOf } from './request/target.ts';

export type AnswerLog = (request: IncomingMessage, reply: Reply, correlationId: string, seconds: number) => void;

/** One line in so many ms for outages: thousands of requests a second would all say the same. */
const OUTAGE_LINE_EVERY_MS = 1_000;

/**
 * Logs what has to be known of answers: failures of our own each, an outage's refusals now and then with their count, and
 * all others only at the level `debug`.
 */
export function answerLog(log: Logger, now: () => number = () => performance.now()): AnswerLog {
  const debug = log.isLevelEnabled('debug');
  let quietUntil = 0;
  let unsaid = 0;
  return (request, reply, correlationId, seconds) => {
    const failed = reply.status >= 500;
    if (!failed && !debug) return;
    const line = {
      correlationId,
      method: request.method,
      path: pathOf(request.url ?? '').slice(0, 200),
      status: reply.status,
      ms: Math.round(seconds * 1000),
      ...(reply.cause !== undefined && { err: reply.cause }),
    };
    if (!failed) {
      log.debug(line, 'answered');
    } else if (!isRetryable(reply.cause)) {
      log.error(line, 'a request failed');
    } else if (now() >= quietUntil) {
      log.warn({ ...line, unsaid }, 'requests are refused while a dependency is down');
      quietUntil = now() + OUTAGE_LINE_EVERY_MS;
      unsaid = 0;
    } else {
      unsaid++;
    }
  };
}
