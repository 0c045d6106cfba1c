/** The codes that the service answers with, by the number that goes on the wire (`google.rpc.Code`). */
export const CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export type CodeName = keyof typeof CODES;

/** A status other than OK, as a handler answers it. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: CodeName;
  /** What goes along as `google.rpc.ErrorInfo`: a reason for each of the things that the request named. */
  readonly reasons: ReadonlyMap<string, string>;

  constructor(code: CodeName, message: string, reasons: ReadonlyMap<string, string> = new Map()) {
    super(message);
    this.code = code;
    this.reasons = reasons;
  }
}
