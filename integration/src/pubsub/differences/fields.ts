import type { Difference } from '../compare.ts';
import { each } from './each.ts';

export const fieldsDifferences: readonly Difference[] = [
  {
    about: 'labels',
    emulator: 'refuses what is no label',
    pstest: 'takes any',
    why: 'keys and values have rules, and there are at most 64',
    documentation: 'https://cloud.google.com/pubsub/docs/labels',
    facts: {
      'malformed: fields': {
        ...each(
          'answered',
          'createTopic: a label’s name in capitals',
          'createTopic: a label’s name of 64 letters',
          'createTopic: a label’s value of 64 letters',
          'createTopic: a label’s value in capitals',
          'createTopic: a label without a name',
          'createTopic: a label’s name that begins with a digit',
          'createTopic: 65 labels',
          'createSubscription: a label’s name in capitals',
          'createSubscription: a label’s name of 64 letters',
          'createSubscription: a label’s value of 64 letters',
          'createSubscription: a label’s value in capitals',
          'createSubscription: a label without a name',
          'createSubscription: a label’s name that begins with a digit',
          'createSubscription: 65 labels',
          'updateTopic: a label in capitals',
          'updateSubscription: a label in capitals',
        ),
      },
    },
  },
  {
    about: 'deadlines of a subscription',
    emulator: 'refuses them as INVALID_ARGUMENT',
    pstest: 'takes a short one, and refuses others as UNKNOWN',
    why: 'ack_deadline_seconds is from 10 to 600; UNKNOWN is no answer to a wrong value',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscription',
    facts: {
      'malformed: fields': {
        ...each('answered', 'createSubscription: a deadline of 9 s', 'updateSubscription: a deadline of 9 s'),
        ...each(
          'UNKNOWN',
          'createSubscription: a deadline of 601 s',
          'createSubscription: a deadline of -1 s',
          'updateSubscription: a deadline of 601 s',
        ),
      },
    },
  },
  {
    about: 'pages',
    emulator: 'refuses a size below 0 and a token that it did not give',
    pstest: 'takes them',
    why: 'page_token is the value returned by the last list',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#listtopicsrequest',
    facts: {
      'malformed: fields': {
        ...each(
          'answered',
          'listTopics: a page of -1',
          'listSubscriptions: a page of -1',
          'listTopicSubscriptions: a page of -1',
          'listSchemas: a page of -1',
          'listSchemaRevisions: a page of -1',
          'listSchemas: a token that nobody gave',
          'listSchemaRevisions: a token that nobody gave',
        ),
      },
    },
  },
  {
    about: 'policies of a subscription',
    emulator: 'holds each to its limits',
    pstest: 'takes any',
    why: 'back-offs are from 0 to 600 s, an expiration a day at least, dead letters need a topic',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscription',
    facts: {
      'malformed: fields': {
        ...each(
          'answered',
          'createSubscription: an expiration after 23 hours',
          'createSubscription: a back-off of 601 s',
          'createSubscription: a back-off of -1 s',
          'createSubscription: a least back-off above the most',
          'updateSubscription: an expiration after 1 s',
          'updateSubscription: a back-off of 601 s',
        ),
      },
    },
  },
  {
    about: 'settings of a topic',
    emulator: 'refuses regions, keys and schemas that are none',
    pstest: 'takes any',
    why: 'a storage policy names a region, a key has its format, a schema an encoding',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#topic',
    facts: {
      'malformed: fields': {
        ...each(
          'answered',
          'createTopic: no region at all',
          'createTopic: a key that is none',
          'createTopic: a schema without an encoding',
        ),
      },
    },
  },
  {
    about: 'what a call needs',
    emulator: 'refuses a call without it',
    pstest: 'answers',
    why: 'these fields are required',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1',
    facts: {
      'malformed: fields': { 'validateMessage: no schema': 'answered' },
    },
  },
];
