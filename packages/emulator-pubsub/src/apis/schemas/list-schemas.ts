import { pubsub } from '../../grpc/protos.ts';
import { checkName, checkProject, projectOf } from '../../resources/names.ts';
import { page } from '../../resources/paging.ts';
import { durationMs } from '../../resources/times.ts';
import { define } from '../define.ts';
import { inView, isFull } from './views.ts';

/** ListSchemas: the latest revision of each, in the order of the names. */
export const listSchemas = define({
  path: 'google.pubsub.v1.SchemaService/ListSchemas',
  request: pubsub.ListSchemasRequest,
  response: pubsub.ListSchemasResponse,
  handle(request, { service }) {
    const project = checkProject('parent', request.parent);
    const inProject = [...service.schemas.values()].filter(({ name }) => projectOf(name) === project);
    const { items, nextPageToken } = page(inProject, ({ name }) => name, request);
    const full = isFull(Number(request.view), 'BASIC');
    return { schemas: items.map(({ latest }) => inView(latest, full)), nextPageToken };
  },
});

/** ListSchemaRevisions, the newest first. */
export const listSchemaRevisions = define({
  path: 'google.pubsub.v1.SchemaService/ListSchemaRevisions',
  request: pubsub.ListSchemaRevisionsRequest,
  response: pubsub.ListSchemaRevisionsResponse,
  handle(request, { service }) {
    const { revisions } = service.schemas.get(checkName('schemas', 'name', request.name));
    const ranked = revisions.map((revision, index) => ({ revision, index }));
    const { items, nextPageToken } = page(
      ranked,
      ({ revision: { revisionCreateTime, revisionId }, index }) =>
        `${descending(durationMs(revisionCreateTime ?? {}))} ${descending(index)} ${revisionId}`,
      request,
    );
    const full = isFull(Number(request.view), 'BASIC');
    return { schemas: items.map(({ revision }) => inView(revision, full)), nextPageToken };
  },
});

/** A text that sorts the other way round. */
const descending = (value: number): string => String(1e15 - Math.floor(value)).padStart(16, '0');
