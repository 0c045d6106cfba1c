import { pubsub } from '../../grpc/protos.ts';
import { checkName } from '../../resources/names.ts';
import { type PageRequest, page } from '../../resources/paging.ts';
import type { Named, Service } from '../../resources/service.ts';
import { define } from '../define.ts';

/** ListTopicSubscriptions: the names of those that are attached, of any project. */
export const listTopicSubscriptions = define({
  path: 'google.pubsub.v1.Publisher/ListTopicSubscriptions',
  request: pubsub.ListTopicSubscriptionsRequest,
  response: pubsub.ListTopicSubscriptionsResponse,
  handle(request, { service }) {
    const { items, nextPageToken } = namesOf(service.subscriptions, request, service);
    return { subscriptions: items, nextPageToken };
  },
});

/** ListTopicSnapshots: the names of the snapshots of its subscriptions. */
export const listTopicSnapshots = define({
  path: 'google.pubsub.v1.Publisher/ListTopicSnapshots',
  request: pubsub.ListTopicSnapshotsRequest,
  response: pubsub.ListTopicSnapshotsResponse,
  handle(request, { service }) {
    const { items, nextPageToken } = namesOf(service.snapshots, request, service);
    return { snapshots: items, nextPageToken };
  },
});

interface OfTopic {
  readonly name: string;
  readonly proto: { readonly topic?: string | null; readonly detached?: boolean | null };
}

function namesOf(resources: Named<OfTopic>, request: PageRequest & { readonly topic: string }, { topics }: Service) {
  const { name } = topics.get(checkName('topics', 'topic', request.topic));
  const names: string[] = [];
  for (const each of resources.values()) if (each.proto.topic === name && !each.proto.detached) names.push(each.name);
  return page(names, (each) => each, request);
}
