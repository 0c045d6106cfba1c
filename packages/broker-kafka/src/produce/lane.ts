import type { PendingRecord } from './pending-record.ts';
import type { ProducerIdentity } from './producer-identity.ts';

/** Records of one partition that go out as one batch, and stay one for as long as the broker may have it already. */
export interface Parcel {
  readonly lane: Lane;
  readonly records: readonly PendingRecord[];
  /**
   * Set once the broker may have stored the batch without our knowing: it must then be sent again just as it was, for the
   * broker to see that it is the same. The sequence numbers are taken, and who gives the parcel up gives up the identity.
   */
  readonly inDoubt: { readonly identity: ProducerIdentity; readonly baseSequence: number } | null;
}

/** One partition's records on their way to the broker, in order, one batch at a time. */
export class Lane {
  readonly topic: string;
  readonly partition: number;
  /** The broker that leads the partition; null while that is not known. */
  leader: string | null = null;
  /** Whether a parcel of this lane is on its way. */
  busy = false;
  readonly #waiting = new Set<PendingRecord>();
  #again: Parcel[] = [];

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get hasWork(): boolean {
    return this.#waiting.size > 0 || this.#again.length > 0;
  }

  add(record: PendingRecord): void {
    this.#waiting.add(record);
  }

  /** Forgets a record that is settled, if it was not sent yet. */
  drop(record: PendingRecord): void {
    this.#waiting.delete(record);
  }

  /** The next batch: what must be sent again first, else what waits, at least one record and at most `maxBytes`. */
  take(maxBytes: number): Parcel | undefined {
    for (let parcel = this.#again.shift(); parcel; parcel = this.#again.shift()) {
      if (parcel.inDoubt) return parcel;
      const records = parcel.records.filter(({ settled }) => !settled);
      if (records.length > 0) return { ...parcel, records };
    }
    const records: PendingRecord[] = [];
    let bytes = 0;
    for (const record of this.#waiting) {
      bytes += record.bytes;
      if (bytes > maxBytes && records.length > 0) break;
      records.push(record);
      this.#waiting.delete(record);
    }
    return records.length > 0 ? { lane: this, records, inDoubt: null } : undefined;
  }

  /** Puts parcels back to the front, to be sent again in this order. */
  putBack(parcels: readonly Parcel[]): void {
    if (parcels.length > 0) this.#again = [...parcels, ...this.#again];
  }
}
