import { invalid, invalidName, shown } from '../../grpc/errors.ts';
import { checkLabels } from '../../resources/labels.ts';
import { checkName } from '../../resources/names.ts';
import type { Service } from '../../resources/service.ts';
import { checkDuration, DAY_MS, MINUTE_MS } from '../../resources/times.ts';
import type { TopicProto } from '../../resources/topic.ts';
import { checkTransforms } from '../check-transforms.ts';

const KMS_KEY = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;
const ACTIVE = 1;

/**
 * A topic as it is stored, made of one that a client sent: without what the server alone may say.
 * Of an update, `current` is what is there: a schema that has been deleted since is no fault of it.
 * @throws RpcError `INVALID_ARGUMENT`, or `NOT_FOUND` for its schema.
 */
export function checkTopic(topic: TopicProto, service: Service, current?: TopicProto): TopicProto {
  const { satisfiesPzs: _, tags: __, state: ___, ...proto } = topic;
  checkLabels(proto.labels);
  checkTransforms(proto.messageTransforms);
  if (proto.messageRetentionDuration) {
    const limits = { leastMs: 10 * MINUTE_MS, mostMs: 31 * DAY_MS };
    checkDuration('message_retention_duration', proto.messageRetentionDuration, limits);
  }
  if (proto.kmsKeyName && !KMS_KEY.test(proto.kmsKeyName)) throw invalidName('kms_key_name', proto.kmsKeyName);
  if (proto.messageStoragePolicy && !proto.messageStoragePolicy.allowedPersistenceRegions?.length) {
    throw invalid('message_storage_policy must allow at least one region.');
  }
  if (proto.schemaSettings && proto.schemaSettings !== current?.schemaSettings) {
    checkSchemaSettings(proto.schemaSettings, service);
  }
  return { ...proto, state: ACTIVE };
}

function checkSchemaSettings(settings: NonNullable<TopicProto['schemaSettings']>, { schemas }: Service): void {
  const schema = schemas.get(checkName('schemas', 'schema_settings.schema', settings.schema ?? ''));
  if (settings.encoding !== 1 && settings.encoding !== 2) {
    throw invalid('schema_settings.encoding must be JSON or BINARY.');
  }
  const { firstRevisionId, lastRevisionId } = settings;
  const indices = [firstRevisionId, lastRevisionId].map((id) => {
    if (!id) return undefined;
    const index = schema.revisions.findIndex(({ revisionId }) => revisionId === id);
    if (index < 0) throw invalid(`The schema ${shown(schema.name)} has no revision ${shown(id)}.`);
    return index;
  });
  const [first = 0, last = schema.revisions.length] = indices;
  if (first > last) throw invalid('schema_settings.first_revision_id must not be newer than last_revision_id.');
}
