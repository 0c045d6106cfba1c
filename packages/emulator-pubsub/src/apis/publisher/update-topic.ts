import { invalidArgument } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { deliverySettings } from '../../resources/delivery-settings.ts';
import { applyMask, type MaskedType } from '../../resources/field-mask.ts';
import { checkName } from '../../resources/names.ts';
import { storedSubscription } from '../../resources/remove.ts';
import { subscriptionRecord, withRetention } from '../../resources/subscription.ts';
import { type TopicProto, topicRecord } from '../../resources/topic.ts';
import { define } from '../define.ts';
import { checkTopic } from './check-topic.ts';

const TOPIC: MaskedType = {
  name: 'Topic',
  mutable: [
    'labels',
    'message_storage_policy',
    'kms_key_name',
    'schema_settings',
    'message_retention_duration',
    'ingestion_data_source_settings',
    'message_transforms',
  ],
  nested: [
    'message_storage_policy.allowed_persistence_regions',
    'message_storage_policy.enforce_in_transit',
    'schema_settings.schema',
    'schema_settings.encoding',
    'schema_settings.first_revision_id',
    'schema_settings.last_revision_id',
  ],
  immutable: ['name', 'satisfies_pzs', 'state', 'tags'],
};

/**
 * UpdateTopic: the fields that the mask names, those of the schema settings one by one, too. What the update does not have
 * is cleared. The retention of the topic is part of what its subscriptions answer, and of what they deliver.
 */
export const updateTopic = define({
  path: 'google.pubsub.v1.Publisher/UpdateTopic',
  request: pubsub.UpdateTopicRequest,
  response: pubsub.Topic,
  handle({ topic: update, updateMask }, { service }) {
    if (!update) throw invalidArgument('topic');
    const name = checkName('topics', 'topic.name', update.name ?? '');
    return service.turns.take(async () => {
      const topic = service.topics.get(name);
      const { updated } = applyMask<TopicProto>(TOPIC, topic.proto, update, updateMask);
      const proto = checkTopic(updated, service, topic.proto);
      const attached = [...service.subscriptions.values()].filter((each) => each.proto.topic === name);
      const protos = attached.map((each) => withRetention(each.proto, proto));
      await service.storage.resources.write([
        topicRecord({ ...topic, proto }),
        ...attached.map((each, index) => subscriptionRecord(storedSubscription(each, protos[index] ?? each.proto))),
      ]);
      topic.proto = proto;
      for (const [index, each] of attached.entries()) {
        each.proto = protos[index] ?? each.proto;
        each.attachment?.delivery.update(deliverySettings(each.proto, each.firstOffset));
      }
      return proto;
    });
  },
});
