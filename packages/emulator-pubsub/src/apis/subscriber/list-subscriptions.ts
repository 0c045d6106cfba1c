import { pubsub } from '../../grpc/protos.ts';
import { checkProject, projectOf } from '../../resources/names.ts';
import { page } from '../../resources/paging.ts';
import { define } from '../define.ts';

/** ListSubscriptions, in the order of the names. */
export const listSubscriptions = define({
  path: 'google.pubsub.v1.Subscriber/ListSubscriptions',
  request: pubsub.ListSubscriptionsRequest,
  response: pubsub.ListSubscriptionsResponse,
  handle(request, { service }) {
    const project = checkProject('project', request.project);
    const inProject = [...service.subscriptions.values()].filter(({ name }) => projectOf(name) === project);
    const { items, nextPageToken } = page(inProject, ({ name }) => name, request);
    return { subscriptions: items.map(({ proto }) => proto), nextPageToken };
  },
});
