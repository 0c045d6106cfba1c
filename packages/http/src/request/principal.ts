import type { IncomingMessage } from 'node:http';
import { DEFAULT_CLIENT } from '@sluice/core';

/**
 * Who sends a request. Every route takes its client from here, so that authentication has one place to come to; until
 * then everybody is the default client.
 */
export function clientOf(_request: IncomingMessage): string {
  return DEFAULT_CLIENT;
}
