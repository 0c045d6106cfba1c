import type { Difference } from '../compare.ts';
import { each } from './each.ts';

export const topicsDifferences: readonly Difference[] = [
  {
    about: 'the state of a topic',
    emulator: 'says that it is active',
    pstest: 'says so of topics with ingestion alone',
    why: 'ACTIVE is the state of a topic without persistent errors',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#topic',
    facts: {
      'topics: made and found': {
        ...each({ name: 'projects/p/topics/created' }, 'a topic is answered as it is', 'a topic is found'),
        ...each(
          {
            labels: { team: 'a-b_c' },
            name: 'projects/p/topics/whole',
            messageStoragePolicy: { allowedPersistenceRegions: ['europe-west1'] },
            kmsKeyName: 'projects/k/locations/global/keyRings/r/cryptoKeys/c',
            messageRetentionDuration: '600s',
          },
          'settings of a topic are kept',
          'and found',
        ),
      },
    },
  },
  {
    about: 'what belonged to a deleted topic',
    emulator: 'is not a new topic’s of the same name',
    pstest: 'is',
    why: 'a new topic of the name has none of the old subscriptions',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#deletetopicrequest',
    facts: {
      'topics: deletion': { 'and is not one of its': { subscriptions: ['projects/p/subscriptions/left'] } },
    },
  },
  {
    about: 'lists about a missing topic',
    emulator: 'refuses them',
    pstest: 'answers that there are none',
    why: 'a missing topic is NOT_FOUND',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/error-codes',
    facts: {
      'topics: lists': { 'subscriptions of a missing topic': 'answered' },
    },
  },
  {
    about: 'a topic of dead letters',
    emulator: 'can be deleted',
    pstest: 'cannot be',
    why: 'DeleteTopic refuses a missing topic alone',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#deletetopicrequest',
    facts: {
      'dead letters: settings': { 'a topic of dead letters can be deleted': 'FAILED_PRECONDITION' },
    },
  },
];
