import type { IncomingHttpHeaders } from 'node:http';
import { quoted } from '@sluice/core';
import { INVALID_IDEMPOTENCY_KEY, problem } from '../problem.ts';
import type { Reply } from '../reply.ts';

/** How a sender marks its retries, or the answer to a mark that is none. */
export type IdempotencyKey =
  | { readonly kind: 'absent' }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'refused'; readonly reply: Reply };

/** The `Idempotency-Key` header, by which a sender marks its retries as one command. */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): IdempotencyKey {
  const given = headers['idempotency-key'];
  if (given === undefined) return { kind: 'absent' };
  const key = String(given);
  if (/^[\x20-\x7e]{1,255}$/.test(key)) return { kind: 'key', key };
  const rule = 'be 1 to 255 printable ASCII characters';
  return {
    kind: 'refused',
    reply: problem(INVALID_IDEMPOTENCY_KEY, `header Idempotency-Key must ${rule}, got ${quoted(key)}`),
  };
}
