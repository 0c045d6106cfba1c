/** Names of gRPC's status codes, as an answer to a failed publish can have them. */
export type PublishFailureCode =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'UNAUTHENTICATED';

/** What the next publish request to a topic meets, once. */
export type PublishFault =
  /** Refused with the code; nothing is stored. */
  | { readonly type: 'fail'; readonly code: PublishFailureCode }
  /** Stored, durable, then answered UNAVAILABLE. */
  | { readonly type: 'lose-reply' };

/**
 * Faults on demand, for tests of clients. A subscription or a topic is named in full, `projects/p/subscriptions/s` and
 * `projects/p/topics/t`, and need not exist yet. What is arranged several times adds up.
 */
export class Faults {
  readonly #subscriptions = new Map<string, SubscriptionFaults>();
  readonly #publishes = new Map<string, PublishFault[]>();

  /**
   * Lets the ack deadline of every outstanding message pass now: all of them come again, by the retry policy, and each
   * counts as one failed delivery attempt.
   */
  expireDeadlines(subscription: string): void {
    this.ofSubscription(subscription).expire();
  }

  /**
   * Delivers each of the next `times` messages once more right after its first delivery, with an ack id of its own:
   * without exactly-once delivery even where the first was acknowledged meanwhile; with it only where it was not, and
   * then the first ack id has become invalid.
   */
  deliverTwice(subscription: string, times = 1): void {
    this.ofSubscription(subscription).duplicates += wholeNumber('times', times);
  }

  /**
   * Delivers the next `messages` messages backwards, ordering keys or not, as far as they are in one answer: an answer
   * of a single message has no order, and does not count.
   */
  reorder(subscription: string, messages: number): void {
    this.ofSubscription(subscription).reorders += wholeNumber('messages', messages);
  }

  /**
   * Fails the next `times` acknowledgements, counted in ack ids: with exactly-once delivery each is answered as a
   * temporary failure; without it each is answered as if it had been done, and forgotten, so that the message comes
   * again after its deadline.
   */
  failAcks(subscription: string, times = 1): void {
    this.ofSubscription(subscription).failedAcks += wholeNumber('times', times);
  }

  /** Lets streams of the subscription stay open and deliver nothing until `resumeStreams`. Unary pulls go on. */
  stallStreams(subscription: string): void {
    this.ofSubscription(subscription).isStalled = true;
  }

  /** Ends what `stallStreams` began. */
  resumeStreams(subscription: string): void {
    this.ofSubscription(subscription).resume();
  }

  /** Publishes each of the next `times` dead letters of the subscription twice to its dead-letter topic. */
  deadLetterTwice(subscription: string, times = 1): void {
    this.ofSubscription(subscription).doubledDeadLetters += wholeNumber('times', times);
  }

  /** Refuses the next `times` publish requests to the topic with the code; nothing of them is stored. */
  failPublishes(topic: string, code: PublishFailureCode, times = 1): void {
    this.#arrangePublishes(topic, { type: 'fail', code }, times);
  }

  /** Stores the next `times` publish requests to the topic, and answers UNAVAILABLE as if the reply had been lost. */
  losePublishReplies(topic: string, times = 1): void {
    this.#arrangePublishes(topic, { type: 'lose-reply' }, times);
  }

  /** Forgets what has not happened yet, and resumes all streams. */
  clear(): void {
    this.#publishes.clear();
    for (const subscription of this.#subscriptions.values()) subscription.clear();
  }

  /** The fault that this publish request meets, if any. For the emulator. */
  takePublish(topic: string): PublishFault | undefined {
    const queue = this.#publishes.get(topic);
    const fault = queue?.shift();
    if (queue?.length === 0) this.#publishes.delete(topic);
    return fault;
  }

  /** What a subscription meets. For the emulator. */
  ofSubscription(name: string): SubscriptionFaults {
    let faults = this.#subscriptions.get(name);
    if (faults === undefined) {
      faults = new SubscriptionFaults();
      this.#subscriptions.set(name, faults);
    }
    return faults;
  }

  #arrangePublishes(topic: string, fault: PublishFault, times: number): void {
    const queue = this.#publishes.get(topic) ?? [];
    this.#publishes.set(topic, queue);
    for (let each = wholeNumber('times', times); each > 0; each -= 1) queue.push(fault);
  }
}

/** What is still to happen to one subscription: counts that its delivery uses up, and calls that it listens to. */
export class SubscriptionFaults {
  duplicates = 0;
  reorders = 0;
  failedAcks = 0;
  doubledDeadLetters = 0;
  isStalled = false;
  #listener: SubscriptionFaultListener | null = null;

  /** Of the delivery that is at work now. Returns the way to end that. */
  listen(listener: SubscriptionFaultListener): () => void {
    this.#listener = listener;
    return () => {
      if (this.#listener === listener) this.#listener = null;
    };
  }

  expire(): void {
    this.#listener?.onExpire();
  }

  resume(): void {
    this.isStalled = false;
    this.#listener?.onResume();
  }

  clear(): void {
    this.duplicates = 0;
    this.reorders = 0;
    this.failedAcks = 0;
    this.doubledDeadLetters = 0;
    this.resume();
  }
}

export interface SubscriptionFaultListener {
  onExpire(): void;
  onResume(): void;
}

function wholeNumber(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a whole number, got ${value}`);
  return value;
}
