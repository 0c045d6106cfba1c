/** What a subscriber got, in the members that scenarios look at. */
export interface Received {
  readonly ackId: string;
  readonly id: string;
  readonly text: string;
  readonly key: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly attempt: number;
  readonly publishTimeMs: number;
}

interface WireMessage {
  readonly ackId?: string | null;
  readonly deliveryAttempt?: number | null;
  readonly message?: {
    readonly messageId?: string | null;
    readonly data?: Uint8Array | string | null;
    readonly orderingKey?: string | null;
    readonly attributes?: Readonly<Record<string, string>> | null;
    readonly publishTime?: { readonly seconds?: unknown; readonly nanos?: number | null } | null;
  } | null;
}

export function received(wire: WireMessage): Received {
  const { message } = wire;
  const { seconds = 0, nanos = 0 } = message?.publishTime ?? {};
  return {
    ackId: wire.ackId ?? '',
    id: message?.messageId ?? '',
    text: Buffer.from(message?.data ?? '').toString(),
    key: message?.orderingKey ?? '',
    attributes: { ...message?.attributes },
    attempt: wire.deliveryAttempt ?? 0,
    publishTimeMs: Number(seconds) * 1_000 + Math.floor((nanos ?? 0) / 1e6),
  };
}

export const texts = (messages: readonly Received[]): string[] => messages.map(({ text }) => text);
export const sorted = (values: readonly string[]): string[] => [...values].sort();
export const ackIds = (messages: readonly Received[]): string[] => messages.map(({ ackId }) => ackId);
