import { collisionName } from '@sluice/core';
import { ACTIVITY_STREAM } from './activity-event/schema.ts';
import { CONTROL_STREAM } from './control/schemas.ts';
import { TABLE_TRANSACTION_STREAM } from './table-transaction/schema.ts';
import { TIMESTAMP_STREAM } from './timestamp.ts';

/** By collision name. */
const BUILT_IN: ReadonlyMap<string, string> = new Map(
  [TIMESTAMP_STREAM, ACTIVITY_STREAM, TABLE_TRANSACTION_STREAM, CONTROL_STREAM].map((topic) => [
    collisionName(topic),
    topic,
  ]),
);

/**
 * The built-in stream's topic that Kafka would not tell from this one, if there is one. No client's stream has such a
 * topic, whatever the built-in ones are called here: the consumer, which has to make it, would never go on.
 */
export const builtInLike = (topic: string): string | undefined => BUILT_IN.get(collisionName(topic));
