import type { Clock } from '@sluice/durable-log';
import type { Delivery, ReceivedMessage } from '../delivery/delivery.ts';
import { oidcToken } from './oidc-token.ts';
import { type Answer, Endpoint } from './post.ts';
import type { PushConfig } from './push-config.ts';
import { PushPace } from './push-pace.ts';
import { pushRequest } from './push-request.ts';

export interface PushOptions {
  readonly delivery: Pick<Delivery, 'pull' | 'acknowledge' | 'modifyAckDeadline'>;
  /** Its full name, as the endpoint is told. */
  readonly subscription: string;
  readonly config: PushConfig;
  /** How long an endpoint may take to answer. */
  readonly ackDeadlineMs: number;
  readonly clock: Clock;
  readonly onEvent?: (event: PushFailed) => void;
}

/** The endpoint did not take a message; it comes again. Or none could be taken out of the subscription. */
export interface PushFailed {
  readonly kind: 'push-failed';
  readonly subscription: string;
  readonly reason: string;
}

/** Any other is a refusal, redirections included. */
const SUCCESSES = new Set([102, 200, 201, 202, 204]);

/**
 * Delivers a subscription's messages to its endpoint until it is disposed, which gives back what is under way. Each
 * message is taken for itself, by somebody of its own, so that with ordering there is never more than one of a key
 * under way; and only when there is room to send it, so that none waits while its lease runs.
 */
export function startPush(options: PushOptions): AsyncDisposable {
  return new Push(options);
}

class Push implements AsyncDisposable {
  readonly #options: PushOptions;
  readonly #pace = new PushPace();
  readonly #end = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  #endpoint: Endpoint | undefined;
  #token: { readonly text: string; readonly madeAtMs: number } | undefined;
  #pauseUntilMs = 0;
  /** Ends a wait for a message. */
  #waiting = new AbortController();
  /** Ends a wait for room, for the end of a pause, or for the end of all. */
  #wake: () => void = () => {};

  constructor(options: PushOptions) {
    this.#options = options;
    this.#end.signal.addEventListener('abort', () => this.#wake());
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#running;
    await Promise.all(this.#underWay);
    this.#endpoint?.[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      if (this.#underWay.size >= this.#pace.window || this.#pauseMs() > 0) {
        await this.#turn();
        continue;
      }
      for (const received of await this.#take()) this.#track(this.#push(received, this.#pace.round));
    }
  }

  /** One at most; none when it is over, or when there was a failure meanwhile. */
  async #take(): Promise<readonly ReceivedMessage[]> {
    const { round } = this.#pace;
    this.#waiting = new AbortController();
    const signal = AbortSignal.any([this.#end.signal, this.#waiting.signal]);
    try {
      const received = await this.#options.delivery.pull({ maxMessages: 1, returnImmediately: false, signal });
      // It answers so when it is closed before this is.
      if (received.length === 0 && !signal.aborted) throw new Error('there is no delivery');
      return received;
    } catch (error) {
      if (!signal.aborted) this.#failed(round, `taking a message failed: ${reasonOf(error)}`);
      return [];
    }
  }

  async #push(received: ReceivedMessage, round: number): Promise<void> {
    const { ackDeadlineMs, clock } = this.#options;
    const deadline = new AbortController();
    const stopDeadline = clock.after(ackDeadlineMs, () => deadline.abort());
    try {
      const { status, ended } = await this.#post(received, AbortSignal.any([this.#end.signal, deadline.signal]));
      if (SUCCESSES.has(status)) await this.#taken(received);
      else this.#refused(received, round, `the endpoint must answer 102, 200, 201, 202 or 204, got ${status}`);
      await ended;
    } catch (error) {
      const got = deadline.signal.aborted ? `no answer within ${ackDeadlineMs} ms` : reasonOf(error);
      this.#refused(received, round, `the endpoint must answer, got ${got}`);
    } finally {
      stopDeadline();
    }
  }

  async #post(received: ReceivedMessage, signal: AbortSignal): Promise<Answer> {
    const { config, subscription } = this.#options;
    this.#endpoint ??= new Endpoint(config.endpoint);
    const { headers, body } = pushRequest(config, subscription, received);
    return this.#endpoint.post({ headers: { ...headers, ...(await this.#authorization()) }, body }, signal);
  }

  async #taken({ ackId }: ReceivedMessage): Promise<void> {
    this.#pace.succeeded();
    try {
      await this.#options.delivery.acknowledge([ackId]);
    } catch (error) {
      this.#report(`acknowledging failed: ${reasonOf(error)}`);
    }
  }

  #refused({ ackId }: ReceivedMessage, round: number, reason: string): void {
    this.#options.delivery.modifyAckDeadline([ackId], 0);
    // What was cut off by the end is no failure of the endpoint's.
    if (!this.#end.signal.aborted) this.#failed(round, reason);
  }

  async #authorization(): Promise<Record<string, string>> {
    const { config, clock } = this.#options;
    if (config.oidcToken === undefined) return {};
    const nowMs = clock.now();
    // It is valid for an hour, and so for at least half of one when it arrives.
    if (this.#token === undefined || nowMs - this.#token.madeAtMs > 30 * 60_000) {
      this.#token = { text: await oidcToken(config.oidcToken, config.endpoint, nowMs), madeAtMs: nowMs };
    }
    return { Authorization: `Bearer ${this.#token.text}` };
  }

  #failed(round: number, reason: string): void {
    const pauseMs = this.#pace.failed(round);
    if (pauseMs !== undefined) {
      this.#pauseUntilMs = this.#options.clock.now() + pauseMs;
      // Whoever waits for a message would send it in the middle of the pause.
      this.#waiting.abort();
    }
    this.#report(reason);
  }

  #report(reason: string): void {
    const { subscription, onEvent } = this.#options;
    onEvent?.({ kind: 'push-failed', subscription, reason });
  }

  #pauseMs(): number {
    return this.#pauseUntilMs - this.#options.clock.now();
  }

  /** Until something ends that may have been in the way. */
  async #turn(): Promise<void> {
    const pauseMs = this.#pauseMs();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const stop = pauseMs > 0 ? this.#options.clock.after(pauseMs, resolve) : () => {};
    if (!this.#end.signal.aborted) await promise;
    stop();
  }

  #track(push: Promise<void>): void {
    const done = push.finally(() => {
      this.#underWay.delete(done);
      this.#wake();
    });
    this.#underWay.add(done);
  }
}

const reasonOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code ?? error).slice(0, 200);
