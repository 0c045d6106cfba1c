import { randomUUID } from 'node:crypto';
import { idempotentCommandId } from '@sluice/core';
import type { IdempotencyKey } from '@sluice/http';

/** The id of a command: the same for all that its sender marks as one with its retries, else a new one. */
export function commandIdFor(
  stream: string,
  client: string,
  idempotency: Exclude<IdempotencyKey, { readonly kind: 'refused' }>,
): string {
  return idempotency.kind === 'key' ? idempotentCommandId(stream, client, idempotency.key) : randomUUID();
}

/** Where to look up what became of a command. */
export const lookupOf = (commandId: string): string => `/api/v1/commands/${commandId}`;
