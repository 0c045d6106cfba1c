import { randomUUID } from 'node:crypto';
import { idempotentCommandId } from '@sluice/core';
import type { IdempotencyKey } from '@sluice/http';

/** The id of a command: the same for all that its sender marks as one with its retries, else a new one. */
export function commandIdFor(
  stream: string,
  client: string,
  idempotency: Exclude<IdempotencyKey, { readonly kind: 'refused' }>,
): string {
  return commandIdOfKey(stream, client, idempotency.kind === 'key' ? idempotency.key : undefined);
}

/** The same for a key that may be of another kind than the header's, or made of it. */
export function commandIdOfKey(stream: string, client: string, key: string | undefined): string {
  return key === undefined ? randomUUID() : idempotentCommandId(stream, client, key);
}

/** Where to look up what became of a command. */
export const lookupOf = (commandId: string): string => `/api/v1/commands/${commandId}`;
