import type { Scenario } from '../scenario.ts';
import { exactlyOnceScenarios } from './exactly-once.ts';
import { filterScenarios } from './filters.ts';
import { highLevelScenarios } from './high-level.ts';
import { malformedScenarios } from './malformed.ts';
import { orderingScenarios } from './ordering.ts';
import { policyScenarios } from './policies.ts';
import { publishingScenarios } from './publishing.ts';
import { pullingScenarios } from './pulling.ts';
import { pushingScenarios } from './pushing.ts';
import { replayingScenarios } from './replaying.ts';
import { retryingScenarios } from './retrying.ts';
import { schemaScenarios } from './schemas.ts';
import { streamingScenarios } from './streaming.ts';
import { subscriptionScenarios } from './subscriptions.ts';
import { topicScenarios } from './topics.ts';

/** All of them, what waits for real deadlines first. */
export const SCENARIOS: readonly Scenario[] = [
  ...streamingScenarios,
  ...pullingScenarios,
  ...retryingScenarios,
  ...pushingScenarios,
  ...exactlyOnceScenarios,
  ...orderingScenarios,
  ...highLevelScenarios,
  ...replayingScenarios,
  ...publishingScenarios,
  ...filterScenarios,
  ...schemaScenarios,
  ...policyScenarios,
  ...topicScenarios,
  ...subscriptionScenarios,
  ...malformedScenarios,
];
