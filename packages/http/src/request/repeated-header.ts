import type { IncomingMessage } from 'node:http';
import { INVALID_IDEMPOTENCY_KEY, MALFORMED_REQUEST, problem } from '../problem.ts';
import type { Reply } from '../reply.ts';

/** What a CloudEvent in binary mode is told apart by. */
const CLOUD_EVENT_KEY = ['ce-id', 'ce-source'] as const;

/**
 * Refuses what Node makes one value of: of several Host headers it takes the first, where every server has to answer 400
 * (RFC 9112, section 3.2), and several keys it joins to a key that no sender meant.
 */
export function refuseRepeated({ rawHeaders, headers }: IncomingMessage): Reply | undefined {
  if (isRepeated(rawHeaders, 'host')) {
    return problem(MALFORMED_REQUEST, 'header Host must be there once (RFC 9112, section 3.2), got several');
  }
  if (isRepeated(rawHeaders, 'idempotency-key')) {
    return problem(INVALID_IDEMPOTENCY_KEY, 'header Idempotency-Key must be there once, got several');
  }
  for (const name of CLOUD_EVENT_KEY) {
    // Few requests have them.
    if (headers[name] !== undefined && isRepeated(rawHeaders, name)) {
      return problem(MALFORMED_REQUEST, `header ${name} must be there once, got several`);
    }
  }
  return undefined;
}

/** @param rawHeaders names and values by turns, as they were sent */
function isRepeated(rawHeaders: readonly string[], wanted: string): boolean {
  let found = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === wanted.length && name.toLowerCase() === wanted) found++;
  }
  return found > 1;
}
