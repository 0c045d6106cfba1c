import { placeText } from './place.ts';
import type { BrokerRecord } from './record.ts';
import type { EffectsItem, StoreItem } from './store.ts';

/** What every item has, whatever it is. */
export const itemCommandId = (item: StoreItem): string =>
  item.kind === 'effects' ? item.identity.commandId : item.deadLetter.commandId;

const itemRecord = (item: StoreItem): BrokerRecord => (item.kind === 'effects' ? item.record : item.deadLetter.record);

/** As `placeText` gives it. */
export function itemPlace(item: StoreItem): string {
  const { topic, position } = itemRecord(item);
  return placeText(topic, position);
}

/** The place of the dead letter that the item's record was put into the log to replace. */
export const itemRedriveOf = (item: StoreItem): string | undefined =>
  item.kind === 'effects' ? item.identity.redriveOf : item.redriveOf;

/** Whether the command is decided once, applied or rejected, instead of making rows. */
export const isDecidedOnce = ({ effects }: EffectsItem): boolean => effects.some(({ kind }) => kind !== 'row');
