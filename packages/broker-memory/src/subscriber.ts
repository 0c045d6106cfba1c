import { SluiceError, type Subscriber, type SubscriptionOptions } from '@sluice/core';
import { MemoryMember } from './member.ts';
import type { MemoryLog } from './memory-log.ts';

export class MemorySubscriber implements Subscriber, AsyncDisposable {
  readonly #log: MemoryLog;
  readonly #closing = new AbortController();
  readonly #runs = new Set<Promise<void>>();

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async run(subscription: SubscriptionOptions): Promise<void> {
    if (this.#closing.signal.aborted) throw new SluiceError('closed', 'the broker was closed');
    const run = this.#run(subscription);
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
    const fatal = new AbortController();
    const ended = AbortSignal.any([subscription.signal, this.#closing.signal, fatal.signal]);
    if (ended.aborted) return;
    const group = this.#log.group(subscription.group);
    const member = new MemoryMember(this.#log, subscription, ended, (error) => fatal.abort(error));
    await group.join(member);
    if (!ended.aborted) await new Promise((resolve) => ended.addEventListener('abort', resolve, { once: true }));
    if (fatal.signal.aborted) await member.revoke();
    else await member.drain();
    await group.leave(member);
    if (fatal.signal.aborted) throw fatal.signal.reason;
  }
}
