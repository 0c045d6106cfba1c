import {
  type CommandOutcome,
  collisionName,
  type RegistryChanges,
  RegistryFollower,
  type RegistryMark,
  type SchemaVersion,
  SluiceError,
  type Store,
} from '@sluice/core';
import type { Logger } from '@sluice/runtime';

/** All that ingest knows of a store. */
export type RegistryStore = Pick<Store, 'watch'> & { readonly reader: Pick<Store['reader'], 'registryChanges'> };

export interface StreamRegistryOptions {
  /** Throws while the store is out of reach. */
  readonly store: () => RegistryStore;
  readonly log: Logger;
  /** How often it is asked for what nobody told of. Default 1 s. */
  readonly everyMs?: number;
}

/**
 * The clients' streams as this process knows them, each in its latest version: what the store's registry was when it was
 * asked last. A store that is down costs the news alone.
 */
export class StreamRegistry implements Disposable {
  readonly #options: StreamRegistryOptions;
  /** By client and event, in the order of their first registrations. */
  readonly #streams = new Map<string, Map<string, SchemaVersion>>();
  readonly #topics = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  readonly #follower = new RegistryFollower(
    (since) => this.#ask(since),
    (changes) => this.#take(changes),
  );
  #listening: { readonly to: RegistryStore; readonly subscription: Disposable } | undefined;
  #failure: unknown = new SluiceError('unavailable', 'the registry was not read yet');
  #isDown = false;

  constructor(options: StreamRegistryOptions) {
    this.#options = options;
    this.#timer = setInterval(this.#hear, options.everyMs ?? 1_000).unref();
    this.#hear();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#listening?.subscription[Symbol.dispose]();
  }

  /** The stream, where it is known without asking. */
  known(client: string, event: string): SchemaVersion | undefined {
    return this.#streams.get(client)?.get(event);
  }

  /**
   * The stream, asked for where it is not known: another process may have just registered it.
   * @throws SluiceError where the store cannot say
   */
  async find(client: string, event: string): Promise<SchemaVersion | undefined> {
    const known = this.known(client, event);
    if (known) return known;
    await this.refreshed();
    return this.known(client, event);
  }

  /** A client's streams, in the order of their first registrations. */
  ofClient(client: string): readonly SchemaVersion[] {
    return [...(this.#streams.get(client)?.values() ?? [])];
  }

  /** The topic that a broker would not tell from this one, if a stream has it. */
  topicLike(topic: string): string | undefined {
    return this.#topics.get(collisionName(topic));
  }

  /** What became of a registration, as `StoreWatch` says. */
  async outcome(commandId: string, signal: AbortSignal): Promise<CommandOutcome | undefined> {
    return await this.#options.store().watch.outcome(commandId, signal);
  }

  /** @throws SluiceError where it was never read */
  requireLoaded(): void {
    if (!this.#follower.hasRead) throw this.#failure;
  }

  /**
   * Resolves when a question that was put to the store after this call was answered.
   * @throws SluiceError where the store cannot say
   */
  refreshed(): Promise<void> {
    return this.#follower.refreshed();
  }

  async #ask(since: RegistryMark | null): Promise<RegistryChanges> {
    try {
      const store = this.#options.store();
      this.#listen(store);
      const changes = await store.reader.registryChanges(since);
      this.#isDown = false;
      return changes;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #take({ isWhole, versions }: RegistryChanges): void {
    if (isWhole) this.#forget();
    for (const version of versions) this.#add(version);
  }

  #listen(to: RegistryStore): void {
    if (this.#listening?.to === to) return;
    this.#listening?.subscription[Symbol.dispose]();
    this.#listening = { to, subscription: to.watch.onRegistryChange(this.#hear) };
  }

  #forget(): void {
    this.#streams.clear();
    this.#topics.clear();
  }

  #add(version: SchemaVersion): void {
    const { client, event, topic } = version;
    const events = this.#streams.get(client);
    if (events) events.set(event, version);
    else this.#streams.set(client, new Map([[event, version]]));
    this.#topics.set(collisionName(topic), topic);
  }

  /** Asks because it is time to, or because somebody told. An outage is worth one line; that it never began is not ours. */
  readonly #hear = (): void => {
    this.refreshed().catch((error) => {
      if (!this.#isDown && this.#listening)
        this.#options.log.warn({ err: error }, 'the registry cannot be read; known streams go on');
      this.#isDown = true;
    });
  };
}
