import { randomUUID } from 'node:crypto';
import { type Compatibility, clientTopic, collisionName, isRetryable, type SchemaVersion } from '@sluice/core';
import type { JsonValue } from '@sluice/schemas';
import { builtInLike, registrationCommand } from '@sluice/streams';
import type { Publish } from '../publish/publish.ts';
import type { KnownTopics } from './known-topics.ts';
import type { StreamRegistry } from './registry.ts';

/** A schema that was found to be one, for a stream whose names are. */
export interface RegistrationRequest {
  readonly client: string;
  readonly event: string;
  readonly schema: JsonValue;
  readonly compatibility: Compatibility;
  readonly correlationId: string;
  /** Of a sender that marks its retries. Such a registration is tried once. */
  readonly commandId?: string;
  /** Aborts where nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What became of a registration, where `T` is why its route did not want it. */
export type RegistrationOutcome<T> =
  | { readonly kind: 'registered'; readonly topic: string; readonly version: number }
  | { readonly kind: 'declined'; readonly reason: T }
  /** The broker would not tell its topic from this one. */
  | { readonly kind: 'conflict'; readonly topic: string; readonly other: string }
  /** Others were first, however often it was tried. */
  | { readonly kind: 'lost'; readonly detail: string }
  /** It is in the log, and what becomes of it was not known in time. */
  | { readonly kind: 'pending'; readonly commandId: string };

/** Whether a registration is still wanted where this is the stream's latest version; undefined where it is. */
export type Judge<T> = (latest: SchemaVersion | undefined) => T | undefined;

export interface RegistrationsOptions {
  readonly registry: StreamRegistry;
  readonly topics: KnownTopics;
  readonly publish: Publish;
  /** Of the control stream. */
  readonly controlTopic: string;
  /** Of the built-in streams. */
  readonly builtInTopics: readonly string[];
  /** In ms since the epoch. */
  readonly now: () => number;
  /** Aborts when the service ends. */
  readonly signal: AbortSignal;
  /** How long a registration may take. Default 10 s. */
  readonly timeoutMs?: number;
}

/** So many may win against one sender before that is told to try again. */
const MAX_TRIES = 5;

/**
 * Registers versions of streams. The log decides: ingest asks by a control command that names the version it was checked
 * against, and the projection, which sees all of them in one order, takes the first. What is answered is what was
 * projected.
 */
export class Registrations {
  readonly #options: RegistrationsOptions;

  constructor(options: RegistrationsOptions) {
    this.#options = options;
  }

  /**
   * @throws SluiceError where nothing was asked for, since broker or store do not answer; the request's own reason where
   * nobody waits for the answer any more
   */
  async register<T>(request: RegistrationRequest, judge: Judge<T>): Promise<RegistrationOutcome<T>> {
    const { registry, topics, signal, timeoutMs = 10_000 } = this.#options;
    const { client, event } = request;
    const topic = clientTopic(client, event);
    const ending = AbortSignal.any([signal, request.signal, AbortSignal.timeout(timeoutMs)]);
    for (let tries = 1; ; tries++) {
      const latest = await registry.find(client, event);
      const reason = judge(latest);
      if (reason !== undefined) return { kind: 'declined', reason };
      const other = latest ? undefined : this.#takenBy(topic);
      if (other !== undefined) return { kind: 'conflict', topic, other };
      await topics.ensure(topic);
      const base = latest?.version ?? 0;
      const attempt = await this.#ask(request, base, ending);
      if (attempt.kind === 'pending') {
        request.signal.throwIfAborted();
        return attempt;
      }
      await this.#hear();
      if (attempt.kind === 'registered') return { kind: 'registered', topic, version: base + 1 };
      if (tries === MAX_TRIES || request.commandId !== undefined) return { kind: 'lost', detail: attempt.detail };
    }
  }

  async #ask(
    { client, event, schema, compatibility, correlationId, commandId = randomUUID() }: RegistrationRequest,
    base: number,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'registered' }
    | { readonly kind: 'rejected'; readonly detail: string }
    | { readonly kind: 'pending'; readonly commandId: string }
  > {
    const { publish, registry, controlTopic: topic, now } = this.#options;
    const acceptedAtMs = now();
    await publish(
      registrationCommand({
        topic,
        commandId,
        client,
        event,
        schema,
        compatibility,
        base,
        acceptedAtMs,
        correlationId,
      }),
    );
    const outcome = await registry.outcome(commandId, signal).catch(unlessItPasses);
    switch (outcome?.status) {
      case undefined:
        return { kind: 'pending', commandId };
      case 'projected':
        return { kind: 'registered' };
      case 'rejected':
        return { kind: 'rejected', detail: outcome.detail };
      case 'dead-lettered':
        throw new Error(`registration ${commandId} was dead-lettered: ${outcome.detail}`);
      default:
        return outcome satisfies never;
    }
  }

  /** What was registered must be seen by whoever asks next. Where the store has gone since, it is heard of later. */
  async #hear(): Promise<void> {
    await this.#options.registry.refreshed().catch(unlessItPasses);
  }

  #takenBy(topic: string): string | undefined {
    const { registry, builtInTopics } = this.#options;
    const builtIn = builtInTopics.find((each) => collisionName(each) === collisionName(topic));
    return builtIn ?? builtInLike(topic) ?? registry.topicLike(topic);
  }
}

/** Too many wait, or the store is down: the registration is in the log all the same. */
function unlessItPasses(error: unknown): undefined {
  if (!isRetryable(error)) throw error;
}
