import { printable } from '@sluice/core';

/** Why a request got no answer, for people. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error), 300);
  if (error.name === 'TimeoutError') return 'not in time';
  const { cause } = error;
  // Of several addresses tried, the message is empty.
  const reason = cause instanceof AggregateError ? cause.errors.map(messageOf).join(', ') : messageOf(cause ?? error);
  return printable(reason, 300);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
