import { clientTopic, pause, type RegistryMark, type SchemaVersion, type Store, type Stream } from '@sluice/core';
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
  readonly #versions = new Map<string, SchemaVersion[]>();
  readonly #ending = new AbortController();
  readonly #following: Promise<void>;
  #mark: RegistryMark | null = null;
  #reading: Promise<void> = Promise.resolve();
  #news = Promise.withResolvers<void>();
  #told = Promise.withResolvers<void>();

  constructor(options: RegisteredStreamsOptions) {
    this.#options = options;
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
    // One after another, so that no older answer comes after a newer one.
    const reading = this.#reading.catch(() => {}).then(() => this.#read());
    this.#reading = reading;
    return reading;
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

  async #read(): Promise<void> {
    const { mark, isWhole, versions } = await this.#options.store.reader.registryChanges(this.#mark);
    if (isWhole) this.#versions.clear();
    for (const version of versions) this.#add(version);
    this.#mark = mark;
  }

  #add(version: SchemaVersion): void {
    const { client, event, topic } = version;
    const known = this.#versions.get(topic);
    if (known) known.push(version);
    else this.#versions.set(topic, [version]);
    if (this.#streams.has(topic)) return;
    const own = (): readonly SchemaVersion[] => this.#versions.get(topic) ?? [];
    this.#streams.set(
      topic,
      clientEventStream({
        client,
        event,
        topic,
        versions: {
          at: (wanted) => schemaVersions(own(), this.#compiled).at(wanted),
          inForce: (time) => schemaVersions(own(), this.#compiled).inForce(time),
        },
        learn: () => this.#learn(),
      }),
    );
    this.#options.log.info({ stream: clientTopic(client, event), topic }, 'a stream is registered');
    this.#news.resolve();
    this.#news = Promise.withResolvers();
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
