import { status } from '@grpc/grpc-js';

/** How a server refused a call. */
export interface Refusal {
  /** The name of the gRPC code. */
  readonly error: string;
  readonly text: string;
}

/** @throws what is no answer of a server's: a fault of the test or of the client. */
export function refusalOf(thrown: unknown): Refusal {
  const { code, details, message } = thrown as { code?: unknown; details?: unknown; message?: unknown };
  if (typeof code !== 'number' || status[code] === undefined) throw thrown;
  return { error: status[code], text: String(details ?? message) };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'error' in value && 'text' in value;
}
