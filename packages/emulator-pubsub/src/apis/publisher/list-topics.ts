import { pubsub } from '../../grpc/protos.ts';
import { checkProject, projectOf } from '../../resources/names.ts';
import { page } from '../../resources/paging.ts';
import { define } from '../define.ts';

/** ListTopics, in the order of the names; of a project that has none, and of one that nobody has heard of, none. */
export const listTopics = define({
  path: 'google.pubsub.v1.Publisher/ListTopics',
  request: pubsub.ListTopicsRequest,
  response: pubsub.ListTopicsResponse,
  handle(request, { service }) {
    const project = checkProject('project', request.project);
    const inProject = [...service.topics.values()].filter(({ name }) => projectOf(name) === project);
    const { items, nextPageToken } = page(inProject, ({ name }) => name, request);
    return { topics: items.map(({ proto }) => proto), nextPageToken };
  },
});
