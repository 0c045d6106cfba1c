import type { Difference } from '../compare.ts';
import { deliveryDifferences } from './delivery.ts';
import { fatalDifferences } from './fatal.ts';
import { fieldsDifferences } from './fields.ts';
import { filtersDifferences } from './filters.ts';
import { namesDifferences } from './names.ts';
import { publishingDifferences } from './publishing.ts';
import { schemasDifferences } from './schemas.ts';
import { subscriptionsDifferences } from './subscriptions.ts';
import { topicsDifferences } from './topics.ts';
import { unimplementedDifferences } from './unimplemented.ts';

/**
 * Where pstest, the fake that Google ships with its Go client (2.5.1), does another thing than the emulator: all of it, and
 * nothing that is the same on both.
 */
export const DIFFERENCES: readonly Difference[] = [
  ...fatalDifferences,
  ...unimplementedDifferences,
  ...subscriptionsDifferences,
  ...deliveryDifferences,
  ...publishingDifferences,
  ...filtersDifferences,
  ...topicsDifferences,
  ...schemasDifferences,
  ...namesDifferences,
  ...fieldsDifferences,
];
