import type { Rpc } from '../grpc/rpc.ts';
import type { RequestContext } from './define.ts';
import { getIamPolicy, setIamPolicy, testIamPermissions } from './iam/iam-policy.ts';
import { createTopic } from './publisher/create-topic.ts';
import { deleteTopic } from './publisher/delete-topic.ts';
import { detachSubscription } from './publisher/detach-subscription.ts';
import { getTopic } from './publisher/get-topic.ts';
import { listTopicSnapshots, listTopicSubscriptions } from './publisher/list-topic-contents.ts';
import { listTopics } from './publisher/list-topics.ts';
import { publish } from './publisher/publish.ts';
import { updateTopic } from './publisher/update-topic.ts';
import { commitSchema } from './schemas/commit-schema.ts';
import { createSchema } from './schemas/create-schema.ts';
import { deleteSchema } from './schemas/delete-schema.ts';
import { deleteSchemaRevision } from './schemas/delete-schema-revision.ts';
import { getSchema } from './schemas/get-schema.ts';
import { listSchemaRevisions, listSchemas } from './schemas/list-schemas.ts';
import { rollbackSchema } from './schemas/rollback-schema.ts';
import { validateMessage, validateSchema } from './schemas/validate.ts';
import { acknowledge } from './subscriber/acknowledge.ts';
import { createSnapshot } from './subscriber/create-snapshot.ts';
import { createSubscription } from './subscriber/create-subscription.ts';
import { deleteSubscription } from './subscriber/delete-subscription.ts';
import { getSubscription } from './subscriber/get-subscription.ts';
import { listSubscriptions } from './subscriber/list-subscriptions.ts';
import { modifyAckDeadline } from './subscriber/modify-ack-deadline.ts';
import { modifyPushConfig } from './subscriber/modify-push-config.ts';
import { pull } from './subscriber/pull.ts';
import { seek } from './subscriber/seek.ts';
import { deleteSnapshot, getSnapshot, listSnapshots, updateSnapshot } from './subscriber/snapshots.ts';
import { streamingPull } from './subscriber/streaming-pull.ts';
import { updateSubscription } from './subscriber/update-subscription.ts';

/** All that is served, in the order of Google's definitions. */
export const RPCS: readonly Rpc<RequestContext>[] = [
  createTopic,
  updateTopic,
  publish,
  getTopic,
  listTopics,
  listTopicSubscriptions,
  listTopicSnapshots,
  deleteTopic,
  detachSubscription,
  createSubscription,
  getSubscription,
  updateSubscription,
  listSubscriptions,
  deleteSubscription,
  modifyAckDeadline,
  acknowledge,
  pull,
  streamingPull,
  modifyPushConfig,
  getSnapshot,
  listSnapshots,
  createSnapshot,
  updateSnapshot,
  deleteSnapshot,
  seek,
  createSchema,
  getSchema,
  listSchemas,
  listSchemaRevisions,
  commitSchema,
  rollbackSchema,
  deleteSchemaRevision,
  deleteSchema,
  validateSchema,
  validateMessage,
  setIamPolicy,
  getIamPolicy,
  testIamPermissions,
];
