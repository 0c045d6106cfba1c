import { backoffDelayMs, pause, type SluiceError } from '@sluice/core';
import type { ClientOptions } from '../client/client.ts';
import type { KafkaNode } from '../client/kafkajs.ts';
import { fromKafkaJs } from '../errors.ts';
import type { Lane, Parcel } from './lane.ts';
import { KafkaLink, type Link } from './link.ts';
import type { PendingRecord } from './pending-record.ts';
import { type PartitionAnswer, type PartitionBatch, produce } from './produce-api.ts';
import type { ProducerIdentity } from './producer-identity.ts';
import { Route } from './route.ts';
import { type Aftermath, afterNothingSent, judge, type SentParcel } from './verdict.ts';

/** Below the 1 MiB that a broker takes as one batch by default, so that only a single record is ever too large. */
const REQUEST_BYTES = 900_000;
const BACKOFF = { baseMs: 20, maxMs: 1_000 };

/**
 * Brings records to the brokers: one request at a time to each broker, with everything that came for its partitions in
 * the meantime. That keeps the order within a partition, also across a retry, and shares requests without waiting for
 * company.
 */
export class Sender {
  readonly #options: ClientOptions;
  readonly #routes = new Map<string, Route>();
  /** By broker, the lanes that have something for it; a pump is at work for each entry. */
  readonly #ready = new Map<string, Set<Lane>>();
  readonly #closing = new AbortController();
  readonly #newLink: () => Link;
  #link: Link;
  #identity: ProducerIdentity | null = null;
  #identifying: Promise<ProducerIdentity> | null = null;
  #locating: Promise<void> | null = null;
  #searching = false;
  /** What was complained of since the last success: an outage is told of once. */
  readonly #troubles = new Set<string>();

  constructor(options: ClientOptions, newLink = (): Link => new KafkaLink(options)) {
    this.#options = options;
    this.#newLink = newLink;
    this.#link = newLink();
  }

  send(record: PendingRecord): void {
    let route = this.#routes.get(record.topic);
    if (!route) {
      route = new Route(record.topic);
      this.#routes.set(record.topic, route);
    }
    const lane = route.add(record);
    if (lane?.leader) this.#wake(lane);
    else void this.#search();
  }

  /** Sends a settled record no more, where that is still possible. */
  drop(record: PendingRecord): void {
    this.#routes.get(record.topic)?.drop(record);
  }

  close(): void {
    this.#closing.abort();
    this.#link.close();
  }

  #wake(lane: Lane): void {
    const { leader } = lane;
    if (leader === null) return;
    const ready = this.#ready.get(leader);
    if (ready) {
      ready.add(lane);
    } else {
      this.#ready.set(leader, new Set([lane]));
      // Not before the whole of this call of `publish` is here.
      queueMicrotask(() => void this.#pump(leader));
    }
  }

  /** Sends what there is for one broker, request after request, until there is nothing left. */
  async #pump(leader: string): Promise<void> {
    let failures = 0;
    for (let parcels = this.#take(leader); parcels.length > 0; parcels = this.#take(leader)) {
      if (await this.#deliver(leader, parcels)) {
        failures = 0;
      } else {
        if (!(await this.#rest(failures++))) break;
        await this.#locate();
      }
    }
    this.#ready.delete(leader);
  }

  #take(leader: string): Parcel[] {
    const ready = this.#ready.get(leader) ?? new Set();
    const parcels: Parcel[] = [];
    let bytes = 0;
    for (const lane of ready) {
      if (bytes >= REQUEST_BYTES) break;
      ready.delete(lane);
      const parcel = lane.leader === leader && !lane.busy ? lane.take(REQUEST_BYTES - bytes) : undefined;
      if (!parcel) continue;
      lane.busy = true;
      parcels.push(parcel);
      for (const record of parcel.records) bytes += record.bytes;
    }
    return parcels;
  }

  /** Whether all went so well that the next request may follow at once. */
  async #deliver(leader: string, parcels: readonly Parcel[]): Promise<boolean> {
    const aftermaths = await this.#exchange(leader, parcels);
    for (const [index, { lane }] of parcels.entries()) {
      lane.putBack(aftermaths[index]?.again ?? []);
      lane.busy = false;
      if (lane.hasWork) this.#wake(lane);
    }
    const untroubled = !aftermaths.some(({ troubled }) => troubled);
    if (untroubled) this.#troubles.clear();
    return untroubled;
  }

  async #exchange(leader: string, parcels: readonly Parcel[]): Promise<readonly Aftermath[]> {
    let node: KafkaNode;
    let identity: ProducerIdentity;
    try {
      node = await this.#link.node(leader);
      identity = await this.#currentIdentity();
    } catch (error) {
      const trouble = this.#complain(error, `reaching broker ${leader}`);
      return parcels.map((parcel) => afterNothingSent(parcel, trouble));
    }
    const sent = parcels.map((parcel) => sentAs(parcel, identity));
    const answers = await this.#ask(node, sent);
    const aftermaths = sent.map((parcel, index) => judge(parcel, answers[index]));
    if (this.#identity === identity && aftermaths.some(({ identityLost }) => identityLost)) this.#identity = null;
    return aftermaths;
  }

  /** The answers in the order of the parcels; none where the broker has not given any. */
  async #ask(node: KafkaNode, parcels: readonly SentParcel[]): Promise<readonly (PartitionAnswer | undefined)[]> {
    try {
      const answers = await produce(node, parcels.map(batchOf), this.#options.requestTimeoutMs);
      return parcels.map(({ lane }) =>
        answers.find(({ topic, partition }) => topic === lane.topic && partition === lane.partition),
      );
    } catch (error) {
      this.#complain(error, `producing to broker ${node.nodeId}`);
      return parcels.map(() => undefined);
    }
  }

  async #currentIdentity(): Promise<ProducerIdentity> {
    if (this.#identity) return this.#identity;
    this.#identifying ??= this.#link.newIdentity().finally(() => {
      this.#identifying = null;
    });
    this.#identity = await this.#identifying;
    return this.#identity;
  }

  /** Looks for the topics and leaders that records wait for, until all are found or nobody waits any more. */
  async #search(): Promise<void> {
    if (this.#searching) return;
    this.#searching = true;
    for (let attempt = 0; this.#anyLost(); attempt++) {
      await this.#locate();
      if (this.#anyLost() && !(await this.#rest(attempt))) break;
    }
    this.#searching = false;
  }

  #anyLost(): boolean {
    return [...this.#routes.values()].some((route) => route.isLost);
  }

  async #locate(): Promise<void> {
    this.#locating ??= this.#locateOnce().finally(() => {
      this.#locating = null;
    });
    await this.#locating;
  }

  async #locateOnce(): Promise<void> {
    try {
      for (const [topic, located] of await this.#link.locate([...this.#routes.keys()])) {
        for (const lane of this.#routes.get(topic)?.locate(located) ?? []) this.#wake(lane);
      }
    } catch (error) {
      this.#complain(error, 'looking up topics');
      this.#link.close();
      if (!this.#closing.signal.aborted) this.#link = this.#newLink();
    }
  }

  async #rest(attempt: number): Promise<boolean> {
    return await pause(backoffDelayMs(attempt, BACKOFF), this.#closing.signal);
  }

  #complain(error: unknown, doing: string): SluiceError {
    const trouble = fromKafkaJs(error, doing);
    const level = this.#troubles.has(trouble.message) ? 'debug' : 'warn';
    this.#troubles.add(trouble.message);
    this.#options.log({ level, message: trouble.message, details: { code: trouble.code } });
    return trouble;
  }
}

function sentAs(parcel: Parcel, identity: ProducerIdentity): SentParcel {
  const { inDoubt, lane } = parcel;
  const same = inDoubt?.identity === identity ? inDoubt : null;
  return {
    ...parcel,
    inDoubt: same ?? { identity, baseSequence: identity.nextSequence(lane) },
    sentBefore: same !== null,
  };
}

function batchOf({ lane, records, inDoubt: { identity, baseSequence } }: SentParcel): PartitionBatch {
  const { producerId, producerEpoch } = identity;
  const stamp = { producerId, producerEpoch, baseSequence };
  return { topic: lane.topic, partition: lane.partition, records, stamp };
}
