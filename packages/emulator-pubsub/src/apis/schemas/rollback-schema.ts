import { invalidArgument } from '../../grpc/errors.ts';
import { pubsub } from '../../grpc/protos.ts';
import { checkName } from '../../resources/names.ts';
import { define } from '../define.ts';
import { addRevision } from './revise.ts';
import { revisionOf } from './views.ts';

/** RollbackSchema: a new revision that is a copy of an old one. */
export const rollbackSchema = define({
  path: 'google.pubsub.v1.SchemaService/RollbackSchema',
  request: pubsub.RollbackSchemaRequest,
  response: pubsub.Schema,
  handle({ name: wanted, revisionId }, { service }) {
    const name = checkName('schemas', 'name', wanted);
    if (revisionId === '') throw invalidArgument('revision_id');
    return service.turns.take(async () => {
      const schema = service.schemas.get(name);
      const { definition } = revisionOf(schema, { name, revisionId });
      return addRevision(service, name, { type: schema.type, definition: definition ?? '' });
    });
  },
});
