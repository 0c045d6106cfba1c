import { type NewRecord, type SchemaVersion, SluiceError } from '@sluice/core';
import type { ClientValidator } from '@sluice/schemas';
import { CompiledSchemas, clientEventCommand, clientEventCommands, clientName, eventName } from '@sluice/streams';
import { commandIdOfKey } from '../command-id.ts';
import { type PayloadMeter, UNKNOWN_STREAM } from '../metrics/payload-metrics.ts';
import type { Publish, PublishAll } from '../publish/publish.ts';
import type { KnownTopics } from './known-topics.ts';
import type { StreamRegistry } from './registry.ts';

/** A registered stream with what its next event is held against. */
export interface OpenStream {
  readonly version: SchemaVersion;
  readonly validator: ClientValidator;
}

/** An event that was found to be as its stream's schema wants it. */
export interface ValidEvent {
  readonly commandId: string;
  /** The bytes that were validated. */
  readonly value: Buffer;
  readonly correlationId: string;
}

export interface ClientEventsOptions {
  readonly registry: StreamRegistry;
  readonly topics: KnownTopics;
  readonly publish: Publish;
  readonly publishAll: PublishAll;
  readonly meter: PayloadMeter;
  /** In ms since the epoch. */
  readonly now: () => number;
}

/** Takes the events of the streams that clients registered; the routes say in which forms. */
export class ClientEvents {
  readonly publishAll: PublishAll;
  readonly meter: PayloadMeter;
  readonly #options: ClientEventsOptions;
  readonly #compiled = new CompiledSchemas();

  constructor(options: ClientEventsOptions) {
    this.publishAll = options.publishAll;
    this.meter = options.meter;
    this.#options = options;
  }

  /**
   * The stream, ready to take events; undefined where there is none.
   * @throws SluiceError where the store has to say whether there is, or the broker where it lies, and does not answer
   */
  open(client: string, event: string): OpenStream | Promise<OpenStream | undefined> {
    const { registry, topics } = this.#options;
    const version = registry.known(client, event);
    // Nearly every request, none of which should wait for a promise to say so.
    return version && topics.has(version.topic) ? this.#opened(version) : this.#find(client, event);
  }

  async #find(client: string, event: string): Promise<OpenStream | undefined> {
    const { registry, topics } = this.#options;
    // What can be no name was never registered, and asking for it would be a stranger's way to the store.
    const version = isName(client, event) ? await registry.find(client, event) : undefined;
    if (!version) return undefined;
    await topics.ensure(version.topic);
    return this.#opened(version);
  }

  #opened(version: SchemaVersion): OpenStream {
    const validator = this.#compiled.validatorOf(version);
    if (!validator) {
      const { topic } = version;
      throw new SluiceError(
        'misconfigured',
        `this release cannot read version ${version.version} of ${topic}'s schema`,
      );
    }
    return { version, validator };
  }

  /** What figures name the stream: a label of what a stranger writes would be one of many. */
  labelOf(client: string, event: string): string {
    return this.#options.registry.known(client, event)?.topic ?? UNKNOWN_STREAM;
  }

  /** The id of a command: the same for all that its sender marks as one by a key, else a new one. */
  idOf({ version }: OpenStream, idempotencyKey: string | undefined): string {
    return commandIdOfKey(version.topic, version.client, idempotencyKey);
  }

  /** Resolves when the broker has the event durably. @throws SluiceError where it does not say so */
  async publish({ version: { client, event, topic, version } }: OpenStream, accepted: ValidEvent): Promise<void> {
    const { publish, now } = this.#options;
    const { commandId, value, correlationId } = accepted;
    const acceptedAtMs = now();
    await publish(clientEventCommand({ client, event, topic, version, commandId, value, acceptedAtMs, correlationId }));
  }

  /** Makes records of events that came together, and so are accepted at one time. */
  recordsOf(stream: OpenStream, correlationId: string): (commandId: string, value: Buffer) => NewRecord {
    const { client, event, topic, version } = stream.version;
    const acceptedAtMs = this.#options.now();
    return clientEventCommands({ client, event, topic, version, acceptedAtMs, correlationId });
  }
}

const isName = (client: string, event: string): boolean =>
  clientName(client).kind === 'name' && eventName(event).kind === 'name';
