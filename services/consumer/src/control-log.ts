import { type BrokerAdmin, partitionKey, SluiceError, type StoredPosition, type StoreReader } from '@sluice/core';

/** How far the control stream is projected, on which the meaning of other streams' records depends. */
export interface ControlLog {
  /**
   * Resolves where everything is projected that the control stream holds at this moment.
   * @throws SluiceError `unavailable` where it is not yet
   */
  requireRead(): Promise<void>;
}

export interface OffsetControlLogOptions {
  readonly admin: Pick<BrokerAdmin, 'ends'>;
  readonly reader: () => Pick<StoreReader, 'positions'>;
  /** Of the control stream. */
  readonly topic: string;
  readonly group: string;
}

/** For a broker with offsets: holds the ends of the log against the group's positions. */
export class OffsetControlLog implements ControlLog {
  readonly #options: OffsetControlLogOptions;

  constructor(options: OffsetControlLogOptions) {
    this.#options = options;
  }

  async requireRead(): Promise<void> {
    const { admin, reader, topic, group } = this.#options;
    const ends = await admin.ends([topic]);
    const positions = byPartition(await reader().positions(group));
    let unread = 0;
    for (const end of ends) {
      const next = positions.get(partitionKey(end))?.nextOffset ?? end.startOffset;
      unread += Math.max(0, end.endOffset - next);
    }
    if (unread === 0) return;
    throw new SluiceError('unavailable', `${unread} records of ${topic} have to be projected first`);
  }
}

const byPartition = (positions: readonly StoredPosition[]): ReadonlyMap<string, StoredPosition> =>
  new Map(positions.map((position) => [partitionKey(position), position]));
