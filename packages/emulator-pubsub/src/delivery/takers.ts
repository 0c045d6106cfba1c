/** Those who take the messages of an ordering key as one: a pull, a stream, or all streams of one client. */
export class TakerGroup {
  heldKeys = 0;
  streams = 0;
}

/** One that messages go to, and what it has of them. */
export class Taker {
  readonly group: TakerGroup;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #messages = 0;
  #bytes = 0;

  /** 0: no limit. */
  constructor(group: TakerGroup, maxMessages: number, maxBytes: number) {
    this.group = group;
    this.#maxMessages = maxMessages > 0 ? maxMessages : Number.POSITIVE_INFINITY;
    this.#maxBytes = maxBytes > 0 ? maxBytes : Number.POSITIVE_INFINITY;
  }

  /** While less is outstanding than the limits say; so the last message may go beyond the limit of bytes. */
  get hasRoom(): boolean {
    return this.#messages < this.#maxMessages && this.#bytes < this.#maxBytes;
  }

  took(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
  }

  released(bytes: number): void {
    this.#messages -= 1;
    this.#bytes -= bytes;
  }
}

/** The groups of the clients that named themselves. */
export class ClientGroups {
  readonly #groups = new Map<string, TakerGroup>();

  /** The group that a new stream belongs to. */
  join(clientId: string): TakerGroup {
    const group = (clientId === '' ? undefined : this.#groups.get(clientId)) ?? new TakerGroup();
    if (clientId !== '') this.#groups.set(clientId, group);
    group.streams += 1;
    return group;
  }

  /** A group is remembered while it holds keys, so that a client that connects again goes on with them. */
  leave(left: TakerGroup): void {
    left.streams -= 1;
    for (const [clientId, group] of this.#groups) {
      if (group.streams === 0 && group.heldKeys === 0) this.#groups.delete(clientId);
    }
  }
}
