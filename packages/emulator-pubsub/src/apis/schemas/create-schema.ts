import { pubsub } from '../../grpc/protos.ts';
import { checkName, checkProject } from '../../resources/names.ts';
import { define } from '../define.ts';
import { checkSchema } from './check-schema.ts';
import { addRevision } from './revise.ts';

/** CreateSchema, with its first revision. The name in the schema itself is ignored. Limit: a definition of 300 KB. */
export const createSchema = define({
  path: 'google.pubsub.v1.SchemaService/CreateSchema',
  request: pubsub.CreateSchemaRequest,
  response: pubsub.Schema,
  async handle({ parent, schemaId, schema }, { service }) {
    const name = checkName('schemas', 'name', `${checkProject('parent', parent)}/schemas/${schemaId}`);
    const checked = await checkSchema(schema);
    return service.turns.take(async () => {
      service.schemas.checkAbsent(name);
      return addRevision(service, name, checked);
    });
  },
});
