/** How a subscription goes about its work, where nothing else is asked for. */
export const CONSUMING = {
  leaseSeconds: 10,
  maxOutstandingMessages: 10_000,
  maxOutstandingBytes: 32 * 2 ** 20,
  batchMessages: 2_500,
  fullBatchMessages: 1_000,
  batchWaitMs: 10,
  silenceMs: 10_000,
  tryForMs: 10_000,
  leaveTimeoutMs: 3_000,
} as const;

export interface ConsumingOptions {
  /** How long a message is this member's without a word of it; so long do others wait for what a dead member had. */
  readonly leaseSeconds: number;
  /** What may be in hand, per topic. */
  readonly maxOutstandingMessages: number;
  readonly maxOutstandingBytes: number;
  /** The most messages that are handed over at once. */
  readonly batchMessages: number;
  /** Beside batches at work another one is begun with so many messages, or when it waited for so long. */
  readonly fullBatchMessages: number;
  readonly batchWaitMs: number;
  /** A stream that brought nothing for so long is asked whether it is there. */
  readonly silenceMs: number;
  /** For how long an acknowledgement is tried. */
  readonly tryForMs: number;
  /** How long acknowledging and giving back may take at the end. */
  readonly leaveTimeoutMs: number;
}
