import type { AckState } from '../storage/storage.ts';
import { AckIds } from './ack-ids.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Backlog } from './backlog.ts';
import { DeadLetters } from './dead-letters.ts';
import type {
  AckOutcome,
  Delivery,
  DeliveryEvent,
  DeliveryOptions,
  DeliverySettings,
  DeliveryStream,
  ReceivedMessage,
  StreamOptions,
} from './delivery.ts';
import { Dispatcher } from './dispatcher.ts';
import { Leases } from './leases.ts';
import { largestLot } from './lot.ts';
import { OrderingKeys } from './ordering-keys.ts';
import { Redelivery } from './redelivery.ts';
import { SilentAcks } from './silent-acks.ts';
import { Supply } from './supply.ts';
import { ClientGroups, Taker, TakerGroup } from './takers.ts';

/** Sets a subscription to work on its topic's messages. Nothing is outstanding yet: what was before a restart comes again. */
export function openDelivery(options: DeliveryOptions): Delivery {
  return new SubscriptionDelivery(options);
}

class SubscriptionDelivery implements Delivery {
  readonly #options: DeliveryOptions;
  #settings: DeliverySettings;
  readonly #backlog: Backlog;
  readonly #leases: Leases;
  readonly #keys: OrderingKeys;
  readonly #redelivery: Redelivery;
  readonly #silentAcks: SilentAcks;
  readonly #dispatcher: Dispatcher;
  readonly #acknowledgements: Acknowledgements;
  readonly #clients = new ClientGroups();
  readonly #endings: (() => void)[];

  constructor(options: DeliveryOptions) {
    const { log, acks, clock, faults, id } = options;
    this.#options = options;
    this.#settings = options.settings;
    const settings = () => this.#settings;
    const ackIds = new AckIds(id, options.random ?? Math.random);
    const onEvent = (event: DeliveryEvent) => options.onEvent?.(event);
    const onReady = () => this.#dispatcher.wake();
    const isSettled = (offset: number) => {
      if (!acks.has(offset)) return false;
      const delivered = this.#leases.get(offset);
      return !(delivered?.isDoubled || delivered?.isUnkept);
    };
    const isReady = (offset: number) => (this.#leases.get(offset)?.status ?? 'ready') === 'ready';

    this.#backlog = new Backlog(log, this.state().below, (error) => this.#onFetched(error));
    this.#leases = new Leases(clock, (due) => this.#redelivery.due(due));
    this.#keys = new OrderingKeys({ isSettled, isReady, onReady });
    const deadLetters = new DeadLetters({
      log,
      acks,
      forward: options.forward,
      faults,
      onEvent,
      onForwarded: (delivered) => {
        this.#leases.forget(delivered);
        if (delivered.key !== null) this.#keys.refresh(delivered.key);
      },
      onFailed: (delivered) => this.#redelivery.retry(delivered),
    });
    this.#redelivery = new Redelivery({
      leases: this.#leases,
      keys: this.#keys,
      deadLetters,
      settings,
      isSettled,
      onReady,
    });
    this.#silentAcks = new SilentAcks(acks, (error) => {
      if (error !== undefined) onEvent({ type: 'ack-failed', error });
      onReady();
    });
    const parts = { log, acks, clock, ackIds, faults, settings, isSettled, onEvent };
    const state = { backlog: this.#backlog, leases: this.#leases, keys: this.#keys, redelivery: this.#redelivery };
    const supply = new Supply({ ...parts, ...state, silentAcks: this.#silentAcks });
    this.#dispatcher = new Dispatcher(clock, supply, faults);
    this.#acknowledgements = new Acknowledgements({
      ...parts,
      ...state,
      onReleased: onReady,
      onLost: () => this.#startAfresh(),
    });
    this.#endings = [
      log.onAppended(onReady),
      faults.listen({ onExpire: () => this.#redelivery.giveBack([...this.#leases.all()], true), onResume: onReady }),
    ];
  }

  pull(options: Parameters<Delivery['pull']>[0]): Promise<readonly ReceivedMessage[]> {
    return this.#dispatcher.take({
      taker: new Taker(new TakerGroup(), 0, 0),
      maxMessages: options.maxMessages,
      ackDeadlineMs: () => this.#settings.ackDeadlineMs,
      isStream: false,
      isImpatient: options.returnImmediately,
      signal: options.signal,
    });
  }

  openStream(options: StreamOptions): DeliveryStream {
    const group = this.#clients.join(options.clientId);
    const taker = new Taker(group, options.maxOutstandingMessages, options.maxOutstandingBytes);
    let { ackDeadlineMs } = options;
    let isOpen = true;
    return {
      next: (signal) =>
        isOpen
          ? this.#dispatcher.take({
              taker,
              maxMessages: largestLot,
              ackDeadlineMs: () => ackDeadlineMs,
              isStream: true,
              isImpatient: false,
              signal,
            })
          : Promise.resolve([]),
      setAckDeadline: (ms) => {
        ackDeadlineMs = ms;
      },
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#dispatcher.release(taker);
        this.#clients.leave(group);
      },
    };
  }

  acknowledge(ackIds: readonly string[]): Promise<readonly AckOutcome[]> {
    return this.#acknowledgements.acknowledge(ackIds);
  }

  modifyAckDeadline(ackIds: readonly string[], deadlineMs: number): readonly AckOutcome[] {
    return this.#acknowledgements.modifyDeadline(ackIds, deadlineMs);
  }

  update(settings: DeliverySettings): void {
    this.#settings = settings;
    this.#dispatcher.wake();
  }

  async seekToTime(publishTimeUs: number): Promise<void> {
    const { log } = this.#options;
    const offset = Math.max(await log.offsetAt(publishTimeUs), this.#settings.firstOffset ?? 0);
    // What was acknowledged and is not retained cannot be brought back.
    await this.seekTo(this.#settings.retainAcked ? { below: offset, ranges: [] } : union(this.state(), offset));
  }

  async seekTo(state: AckState): Promise<void> {
    const durable = this.#options.acks.replace(state);
    this.#acknowledgements.endAll();
    this.#startAfresh();
    await durable;
  }

  state(): AckState {
    const { acks, log } = this.#options;
    return acks.state() ?? { below: log.startOffset, ranges: [] };
  }

  async neededFrom(nowMs: number): Promise<number> {
    const { retentionMs, retainAcked, firstOffset = 0 } = this.#settings;
    const youngEnough = await this.#options.log.offsetAt((nowMs - retentionMs) * 1_000);
    return Math.max(youngEnough, retainAcked ? firstOffset : this.state().below);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#endings) end();
    this.#dispatcher.close();
    this.#leases.clear();
    await this.#silentAcks.settled();
  }

  /** Ends all leases and reads the log from the first message that is not acknowledged. */
  #startAfresh(): void {
    this.#leases.clear();
    this.#keys.clear();
    this.#redelivery.ready.clear();
    this.#backlog.seek(this.state().below);
    this.#dispatcher.wake();
  }

  #onFetched(error?: unknown): void {
    if (error === undefined) this.#dispatcher.wake();
    else {
      this.#options.onEvent?.({ type: 'read-failed', error });
      this.#dispatcher.failAll(error);
    }
  }
}

/** What the state holds, and all below the offset. */
function union(state: AckState, offset: number): AckState {
  let below = Math.max(state.below, offset);
  const ranges: (readonly [number, number])[] = [];
  for (const [from, to] of state.ranges) {
    if (from <= below) below = Math.max(below, to);
    else ranges.push([from, to]);
  }
  return { below, ranges };
}
