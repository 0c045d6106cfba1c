import type { v1 } from '@google-cloud/pubsub';
import { backoffDelayMs, pause, type SluiceError } from '@sluice/core';
import { type Client, once } from '../client/client.ts';
import { fromGrpc } from '../errors.ts';
import { ackFailures } from './ack-failures.ts';

export interface AcknowledgerOptions {
  readonly client: Client<v1.SubscriberClient>;
  /** Its full name. */
  readonly subscription: string;
  readonly requestTimeoutMs: number;
  /** For how long a request is tried. What is acknowledged later than its lease lasts is delivered again all the same. */
  readonly tryForMs: number;
  /** Gets what did not come through, with how many messages it is about. */
  readonly onFailure: (what: Modification['kind'], messages: number, error: SluiceError) => void;
}

/** A request is refused above 512 KiB; ids of Google's have some 200 bytes. */
const MAX_IDS = 2_000;
const MAX_ID_BYTES = 400_000;
/** So that one that is slow does not hold up the rest. */
const MAX_REQUESTS = 4;

type Modification =
  | { readonly kind: 'acknowledge' }
  /** To be delivered again at once, to anybody. */
  | { readonly kind: 'give back' }
  | { readonly kind: 'extend'; readonly seconds: number };

/**
 * Tells Pub/Sub what became of messages, in requests of many. Confirmed, with or without exactly-once delivery: what is
 * refused for a passing reason is tried again, message by message where the answer says so. What fails for good (a lease
 * that ended meanwhile) is delivered again, and its command id makes that harmless.
 */
export class Acknowledger {
  readonly #options: AcknowledgerOptions;
  readonly #queue: string[] = [];
  readonly #running = new Set<Promise<void>>();
  #woken = false;

  constructor(options: AcknowledgerOptions) {
    this.#options = options;
  }

  acknowledge(ackIds: readonly string[]): void {
    for (const ackId of ackIds) this.#queue.push(ackId);
    if (this.#woken) return;
    this.#woken = true;
    // Batches that end in one turn of the loop are acknowledged together.
    setImmediate(() => {
      this.#woken = false;
      this.#pump();
    });
  }

  async giveBack(ackIds: readonly string[]): Promise<void> {
    await this.#inChunks({ kind: 'give back' }, ackIds);
  }

  async extend(ackIds: readonly string[], seconds: number): Promise<void> {
    await this.#inChunks({ kind: 'extend', seconds }, ackIds);
  }

  /** Resolves when everything that was to be acknowledged so far is, or will not be. */
  async settled(): Promise<void> {
    while (this.#queue.length > 0 || this.#running.size > 0) {
      this.#pump();
      await Promise.race(this.#running);
    }
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#running.size < MAX_REQUESTS) {
      const run = this.#modify({ kind: 'acknowledge' }, takeChunk(this.#queue)).finally(() => {
        this.#running.delete(run);
        this.#pump();
      });
      this.#running.add(run);
    }
  }

  async #inChunks(modification: Modification, ackIds: readonly string[]): Promise<void> {
    const queue = [...ackIds];
    while (queue.length > 0) await this.#modify(modification, takeChunk(queue));
  }

  async #modify(modification: Modification, ackIds: readonly string[]): Promise<void> {
    const { tryForMs, onFailure } = this.#options;
    const deadline = AbortSignal.timeout(tryForMs);
    let open = ackIds;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#request(modification, open);
        return;
      } catch (cause) {
        const error = fromGrpc(cause, `${modification.kind} ${open.length} messages`);
        const { again, lost } = ackFailures(cause, open, error.retryable);
        if (lost > 0) onFailure(modification.kind, lost, error);
        if (again.length === 0) return;
        open = again;
        if (await pause(backoffDelayMs(attempt), deadline)) continue;
        onFailure(modification.kind, open.length, error);
        return;
      }
    }
  }

  async #request(modification: Modification, ackIds: readonly string[]): Promise<void> {
    const { client, subscription, requestTimeoutMs } = this.#options;
    const api = await client.api();
    const request = { subscription, ackIds: [...ackIds] };
    switch (modification.kind) {
      case 'acknowledge':
        await api.acknowledge(request, once(requestTimeoutMs));
        return;
      case 'give back':
        await api.modifyAckDeadline({ ...request, ackDeadlineSeconds: 0 }, once(requestTimeoutMs));
        return;
      case 'extend':
        await api.modifyAckDeadline({ ...request, ackDeadlineSeconds: modification.seconds }, once(requestTimeoutMs));
        return;
      default:
        modification satisfies never;
    }
  }
}

function takeChunk(queue: string[]): string[] {
  let bytes = 0;
  let count = 0;
  while (count < queue.length && count < MAX_IDS) {
    bytes += queue[count]?.length ?? 0;
    if (bytes > MAX_ID_BYTES && count > 0) break;
    count++;
  }
  return queue.splice(0, count);
}
