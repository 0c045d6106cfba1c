import { pubsub } from '../../grpc/protos.ts';
import { define } from '../define.ts';
import { readSchemaName } from './schema-name.ts';
import { inView, isFull, revisionOf } from './views.ts';

/** GetSchema: its latest revision, or the one behind an `@` in the name. */
export const getSchema = define({
  path: 'google.pubsub.v1.SchemaService/GetSchema',
  request: pubsub.GetSchemaRequest,
  response: pubsub.Schema,
  handle(request, { service }) {
    const wanted = readSchemaName('name', request.name);
    const revision = revisionOf(service.schemas.get(wanted.name), wanted);
    return inView(revision, isFull(Number(request.view), 'FULL'));
  },
});
