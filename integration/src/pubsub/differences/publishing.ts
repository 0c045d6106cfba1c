import type { Difference } from '../compare.ts';
import { each } from './each.ts';

export const publishingDifferences: readonly Difference[] = [
  {
    about: 'limits of a message',
    emulator: 'refuses what is beyond them',
    pstest: 'takes any',
    why: 'the limits of the API, and a message that is not empty',
    documentation: 'https://cloud.google.com/pubsub/quotas#resource_limits',
    facts: {
      'publishing: limits': {
        ...each(
          'answered',
          'no messages',
          'a message with nothing in it',
          'an empty one beside a good one',
          'an ordering key alone is no content',
          '1,001 messages',
          '101 attributes',
          'a name of 257 bytes',
          'a name of 129 letters in 258 bytes',
          'a value of 1,025 bytes',
          'an empty name',
          'a name of Google’s',
          'an ordering key of 1,025 bytes',
        ),
        'nothing was published of these': 3,
      },
      'malformed: fields': { 'publish: no messages': 'answered' },
    },
  },
  {
    about: 'the size of a request',
    emulator: 'takes 10 MB and refuses more as INVALID_ARGUMENT',
    pstest: 'takes the 4 MiB that its gRPC library does',
    why: 'a publish request has up to 10 MB',
    documentation: 'https://cloud.google.com/pubsub/quotas#resource_limits',
    facts: {
      'publishing: limits': { ...each('RESOURCE_EXHAUSTED', '9.9 MB', '10.1 MB', '10.1 MB in two messages') },
    },
  },
];
