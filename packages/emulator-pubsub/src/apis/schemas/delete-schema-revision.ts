import { invalid, invalidArgument } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { define } from '../define.ts';
import { saveSchema } from './revise.ts';
import { readSchemaName } from './schema-name.ts';
import { revisionOf } from './views.ts';

/**
 * DeleteSchemaRevision: the one behind the `@` of the name, or of the deprecated field. Answers what is then the latest.
 * The last revision cannot be deleted.
 */
export const deleteSchemaRevision = define({
  path: 'google.pubsub.v1.SchemaService/DeleteSchemaRevision',
  request: pubsub.DeleteSchemaRevisionRequest,
  response: pubsub.Schema,
  handle(request, { service }) {
    const { name, revisionId = request.revisionId } = readSchemaName('name', request.name);
    if (revisionId === '') throw invalidArgument('name');
    return service.turns.take(async () => {
      const schema = service.schemas.get(name);
      const revision = revisionOf(schema, { name, revisionId });
      if (schema.revisions.length === 1)
        throw invalid('The last revision of a schema cannot be deleted: delete the schema.');
      const rest = schema.revisions.filter((each) => each !== revision);
      const changed = schema.with(rest);
      await saveSchema(service, changed);
      return changed.latest;
    });
  },
});
