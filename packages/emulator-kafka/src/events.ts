import type { LogEvent } from '@sluice/durable-log';

/** What the broker tells whoever runs it. */
export type BrokerEvent =
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  | { readonly kind: 'frame-refused'; readonly client: string; readonly reason: string }
  | { readonly kind: 'request-failed'; readonly client: string; readonly api: string; readonly error: unknown }
  | { readonly kind: 'log'; readonly name: string; readonly event: LogEvent };
