import type { MessageLog, Storage } from '../storage/storage.ts';

/**
 * The messages of topics, each opened once. Who reads them holds them: a topic, its subscriptions and its snapshots. A
 * topic may be deleted while its subscriptions still have messages to deliver; when nobody holds them any more, they go.
 */
export class MessageLogs {
  readonly #storage: Storage;
  readonly #opened = new Map<string, { readonly log: MessageLog; readonly holders: Set<string> }>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** `holder` is a resource's name. Calls for the same id must not overlap. */
  async hold(id: string, holder: string): Promise<MessageLog> {
    let opened = this.#opened.get(id);
    if (opened === undefined) {
      opened = { log: await this.#storage.openMessages(id), holders: new Set() };
      this.#opened.set(id, opened);
    }
    opened.holders.add(holder);
    return opened.log;
  }

  async release(id: string, holder: string): Promise<void> {
    const opened = this.#opened.get(id);
    if (opened === undefined || !opened.holders.delete(holder) || opened.holders.size > 0) return;
    this.#opened.delete(id);
    await opened.log[Symbol.asyncDispose]();
    await this.#storage.removeMessages(id);
  }

  entries(): Iterable<readonly [id: string, { readonly log: MessageLog; readonly holders: ReadonlySet<string> }]> {
    return this.#opened;
  }
}
