import type { SluiceError } from '@sluice/core';
import { brokerRefused, meaningOfCode } from '../errors.ts';
import type { Parcel } from './lane.ts';
import type { PartitionAnswer } from './produce-api.ts';
import type { ProducerIdentity } from './producer-identity.ts';

/** A parcel that was written to a connection, and whether it had been before. */
export interface SentParcel extends Parcel {
  readonly inDoubt: { readonly identity: ProducerIdentity; readonly baseSequence: number };
  readonly sentBefore: boolean;
}

/** What remains to be done after an answer. */
export interface Aftermath {
  readonly again: readonly Parcel[];
  /** Rest a little, and look at the cluster again, before going on. */
  readonly troubled: boolean;
  /** Go on under a new producer id. */
  readonly identityLost: boolean;
}

/** Codes after which the batch may have been stored: UNKNOWN_SERVER_ERROR, REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS_AFTER_APPEND. */
const PERHAPS_STORED: ReadonlySet<number> = new Set([-1, 7, 20]);
/** OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID: the broker has lost track of us, or we of it. */
const IDENTITY_LOST: ReadonlySet<number> = new Set([45, 47, 59]);
/** It was stored by an earlier try, too long ago for the broker to remember where. */
const DUPLICATE_SEQUENCE_NUMBER = 46;

const DONE: Aftermath = { again: [], troubled: false, identityLost: false };

/** Settles what an answer settles, and says what remains; no answer leaves the parcel in doubt. */
export function judge(parcel: SentParcel, answer: PartitionAnswer | undefined): Aftermath {
  const { lane, records, inDoubt, sentBefore } = parcel;
  if (answer === undefined || PERHAPS_STORED.has(answer.errorCode)) return { ...DONE, again: [parcel], troubled: true };
  const { errorCode, baseOffset } = answer;
  if (errorCode === 0 || errorCode === DUPLICATE_SEQUENCE_NUMBER) {
    inDoubt.identity.stored(lane, records.length);
    for (const [index, record] of records.entries()) {
      record.published(lane.partition, errorCode === 0 ? baseOffset + index : null);
    }
    return DONE;
  }
  if (IDENTITY_LOST.has(errorCode)) {
    return { again: [{ lane, records, inDoubt: null }], troubled: true, identityLost: true };
  }
  const meaning = meaningOfCode(errorCode);
  if (meaning === 'unavailable') {
    return { ...DONE, again: [{ lane, records, inDoubt: sentBefore ? inDoubt : null }], troubled: true };
  }
  if (meaning === 'too-large' && records.length > 1) {
    return { ...DONE, again: halves(parcel), identityLost: sentBefore };
  }
  const error = brokerRefused(recordsOf(parcel), errorCode);
  for (const record of records) record.failed(error);
  return { ...DONE, identityLost: sentBefore };
}

function halves({ lane, records }: Parcel): readonly Parcel[] {
  const middle = records.length >> 1;
  return [records.slice(0, middle), records.slice(middle)].map((half) => ({ lane, records: half, inDoubt: null }));
}

function recordsOf({ lane, records }: Parcel): string {
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  return `${records.length} record(s) of ${bytes} bytes for ${lane.topic}/${lane.partition}`;
}

/** When the broker was not even reached: only what will not pass by itself ends the records' wait. */
export function afterNothingSent(parcel: Parcel, trouble: SluiceError): Aftermath {
  if (trouble.retryable || parcel.inDoubt) return { again: [parcel], troubled: true, identityLost: false };
  for (const record of parcel.records) record.failed(trouble);
  return DONE;
}
