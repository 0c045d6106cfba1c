import {
  type BrokerAdmin,
  backoffDelayMs,
  pause,
  SluiceError,
  type Subscriber,
  type SubscriptionOptions,
} from '@sluice/core';
import { GroupSession, type SessionOptions } from './consume/group-session.ts';

/** Consumes in sessions, one after another for as long as the subscription lasts: an outage is waited for. */
export class KafkaSubscriber implements Subscriber, AsyncDisposable {
  readonly #options: SessionOptions;
  readonly #admin: BrokerAdmin;
  readonly #closing = new AbortController();
  readonly #runs = new Set<Promise<void>>();

  constructor(options: SessionOptions, admin: BrokerAdmin) {
    this.#options = options;
    this.#admin = admin;
  }

  async run(options: SubscriptionOptions): Promise<void> {
    if (this.#closing.signal.aborted) throw new SluiceError('closed', 'the broker was closed');
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const run = this.#run({ ...options, signal });
    this.#runs.add(run);
    try {
      await run;
    } finally {
      this.#runs.delete(run);
    }
  }

  /** Ends every subscription as its own signal would. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#runs);
  }

  async #run(subscription: SubscriptionOptions): Promise<void> {
    for (let attempt = 0; !subscription.signal.aborted; attempt++) {
      const end = await new GroupSession(this.#options, subscription, this.#admin).run();
      switch (end.kind) {
        case 'aborted':
          return;
        case 'fatal':
          throw end.error;
        case 'lost':
          if (!end.error.retryable) throw end.error;
          this.#options.log({ level: 'warn', message: end.error.message, details: { attempt } });
          if (end.joined) attempt = 0;
          await pause(backoffDelayMs(attempt), subscription.signal);
          break;
        default:
          end satisfies never;
      }
    }
  }
}
