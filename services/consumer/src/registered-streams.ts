import {
  clientTopic,
  pause,
  type RegistryChanges,
  RegistryFollower,
  type SchemaVersion,
  type Store,
  type Stream,
} from '@sluice/core';
import type { Logger } from '@sluice/runtime';
import { CompiledSchemas, clientEventStream, schemaVersions } from '@sluice/streams';
import type { ControlLog } from './control-log.ts';

export interface RegisteredStreamsOptions {
  readonly store: Pick<Store, 'watch'> & { readonly reader: Pick<Store['reader'], 'registryChanges'> };
  readonly controlLog: Pick<ControlLog, 'requireRead'>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** How often it is asked for what nobody told of. Default 1 s. */
  readonly everyMs?: number;
}

/** The streams that clients registered, as the store's registry has them, and the versions to read their records with. */
export class RegisteredStreams implements AsyncDisposable {
  readonly #options: RegisteredStreamsOptions;
  readonly #compiled = new CompiledSchemas();
  /** By topic. */
  readonly #streams = new Map<string, Stream>();
  /** By topic; what its stream reads records with. */
  readonly #versions = new Map<string, SchemaVersion[]>();
  readonly #follower: RegistryFollower;
  readonly #ending = new AbortController();
  readonly #following: Promise<void>;
  #news = Promise.withResolvers<void>();
  #told = Promise.withResolvers<void>();

  constructor(options: RegisteredStreamsOptions) {
    this.#options = options;
    this.#follower = new RegistryFollower(
      (since) => options.store.reader.registryChanges(since),
      (changes) => this.#take(changes),
    );
    this.#following = this.#follow(AbortSignal.any([options.signal, this.#ending.signal]));
  }

  /** In the order of their registration. */
  all(): readonly Stream[] {
    return [...this.#streams.values()];
  }

  /** Resolves when there is a stream that was not there at this call. */
  news(): Promise<void> {
    return this.#news.promise;
  }

  /** Resolves when all is known that the registry holds at this call. */
  refresh(): Promise<void> {
    return this.#follower.refreshed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#following;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { store, log, everyMs = 1_000 } = this.#options;
    using _ = store.watch.onRegistryChange(() => this.#told.resolve());
    let isDown = false;
    while (!signal.aborted) {
      this.#told = Promise.withResolvers();
      try {
        await this.refresh();
        isDown = false;
      } catch (error) {
        if (!isDown) log.warn({ err: error }, 'the registry cannot be read; known streams go on');
        isDown = true;
      }
      const rested = new AbortController();
      await Promise.race([this.#told.promise, pause(everyMs, AbortSignal.any([signal, rested.signal]))]);
      rested.abort();
    }
  }

  #take({ isWhole, versions }: RegistryChanges): void {
    if (isWhole) for (const own of this.#versions.values()) own.length = 0;
    for (const version of versions) this.#versionsOf(version).push(version);
  }

  #versionsOf({ client, event, topic }: SchemaVersion): SchemaVersion[] {
    const known = this.#versions.get(topic);
    if (known) return known;
    const own: SchemaVersion[] = [];
    this.#versions.set(topic, own);
    const versions = schemaVersions(own, this.#compiled);
    this.#streams.set(topic, clientEventStream({ client, event, topic, versions, learn: () => this.#learn() }));
    this.#options.log.info({ stream: clientTopic(client, event), topic }, 'a stream is registered');
    this.#news.resolve();
    this.#news = Promise.withResolvers();
    return own;
  }

  /**
   * What a record does not say, or names and nobody knows, is in the control stream before now, if anywhere: once that is
   * projected, and read, a record means the same in every replay.
   */
  async #learn(): Promise<void> {
    await this.#options.controlLog.requireRead();
    await this.refresh();
  }
}
