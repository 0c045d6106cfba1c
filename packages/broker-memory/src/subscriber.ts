import { OpenRuns, type Subscriber, type SubscriptionOptions } from '@sluice/core';
import { MemoryMember } from './member.ts';
import type { MemoryLog } from './memory-log.ts';

export class MemorySubscriber implements Subscriber, AsyncDisposable {
  readonly #log: MemoryLog;
  readonly #runs = new OpenRuns();

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async run(subscription: SubscriptionOptions): Promise<void> {
    await this.#runs.run(() => this.#run(subscription));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runs[Symbol.asyncDispose]();
  }

  async #run(subscription: SubscriptionOptions): Promise<void> {
    const fatal = new AbortController();
    const ended = AbortSignal.any([subscription.signal, this.#runs.closing, fatal.signal]);
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
