import { Empty, pubsub } from '../../grpc/protos.ts';
import { checkName, DELETED_SCHEMA } from '../../resources/names.ts';
import { policyKey } from '../../resources/policies.ts';
import { removal } from '../../resources/records.ts';
import { topicRecord } from '../../resources/topic.ts';
import { define } from '../define.ts';

/** DeleteSchema, with all revisions. Topics that validate by it have `_deleted-schema_`, and take no message. */
export const deleteSchema = define({
  path: 'google.pubsub.v1.SchemaService/DeleteSchema',
  request: pubsub.DeleteSchemaRequest,
  response: Empty,
  handle({ name: wanted }, { service }) {
    const name = checkName('schemas', 'name', wanted);
    return service.turns.take(async () => {
      service.schemas.get(name);
      const users = [...service.topics.values()].filter(({ proto }) => proto.schemaSettings?.schema === name);
      const protos = users.map(({ proto }) => ({
        ...proto,
        schemaSettings: { ...proto.schemaSettings, schema: DELETED_SCHEMA },
      }));
      await service.storage.resources.write([
        removal(name),
        removal(policyKey(name)),
        ...users.map((topic, index) => topicRecord({ ...topic, proto: protos[index] ?? topic.proto })),
      ]);
      service.schemas.delete(name);
      for (const [index, topic] of users.entries()) topic.proto = protos[index] ?? topic.proto;
      return {};
    });
  },
});
