import type { Difference } from '../compare.ts';
import { each } from './each.ts';

export const fatalDifferences: readonly Difference[] = [
  {
    about: 'requests that end the server',
    emulator: 'refuses them and serves on',
    pstest: 'ends, since it reads a member of what is not there',
    why: 'a request is answered, whatever is in it',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/error-codes',
    facts: {
      'malformed: what ends pstest': {
        ...each(
          'UNAVAILABLE',
          'updateTopic: no mask',
          'updateTopic: a schema in the mask alone',
          'updateSubscription: no mask',
          'createSchema: no schema',
          'commitSchema: no schema',
          'validateSchema: no schema',
          'listTopics: a page before the first',
          'updateTopic: no mask: it serves on',
          'updateTopic: a schema in the mask alone: it serves on',
          'updateSubscription: no mask: it serves on',
          'createSchema: no schema: it serves on',
          'commitSchema: no schema: it serves on',
          'validateSchema: no schema: it serves on',
          'listTopics: a page before the first: it serves on',
          'a stream with more ids than deadlines',
          'a stream with more ids than deadlines: it serves on',
        ),
      },
    },
  },
  {
    about: 'seek back in time',
    emulator: 'gives back what is retained, with bodies and attributes',
    pstest: 'answers, then ends: it keeps no body of what was acknowledged',
    why: 'a seek to a time in the past makes retained messages unacknowledged, so that they are delivered again',
    documentation: 'https://cloud.google.com/pubsub/docs/replay-overview#seek_to_a_time',
    facts: {
      'seek: back in time': {
        ...each(
          'UNAVAILABLE',
          'with bodies and attributes',
          'under their ids',
          'from a time between them',
          'from the topic’s retention, to a subscription made later',
          'nothing comes back that is not retained',
        ),
      },
    },
  },
];
