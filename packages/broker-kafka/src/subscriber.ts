import {
  type BrokerAdmin,
  backoffDelayMs,
  OpenRuns,
  pause,
  type Subscriber,
  type SubscriptionOptions,
} from '@sluice/core';
import { GroupSession, type SessionOptions } from './consume/group-session.ts';

/** Consumes in sessions, one after another for as long as the subscription lasts: an outage is waited for. */
export class KafkaSubscriber implements Subscriber, AsyncDisposable {
  readonly #options: SessionOptions;
  readonly #admin: BrokerAdmin;
  readonly #runs = new OpenRuns();

  constructor(options: SessionOptions, admin: BrokerAdmin) {
    this.#options = options;
    this.#admin = admin;
  }

  async run(options: SubscriptionOptions): Promise<void> {
    const signal = AbortSignal.any([options.signal, this.#runs.closing]);
    await this.#runs.run(() => this.#run({ ...options, signal }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runs[Symbol.asyncDispose]();
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
