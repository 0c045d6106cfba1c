import type { Difference } from '../compare.ts';
import { each } from './each.ts';

export const subscriptionsDifferences: readonly Difference[] = [
  {
    about: 'settings of push',
    emulator: 'holds the endpoint to http or https and knows its attributes; nobody pulls from a push subscription',
    pstest: 'takes any, and lets it be pulled',
    why: 'an endpoint is a URL, `x-goog-version` the only attribute; a pull needs a pull subscription',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#pushconfig',
    facts: {
      'push: settings': {
        ...each(
          'answered',
          'a push subscription is not pulled',
          'an endpoint that is no URL',
          'an endpoint of another protocol',
          'an attribute that nobody knows',
        ),
      },
      'malformed: fields': {
        ...each(
          'answered',
          'createSubscription: a push endpoint without a host',
          'createSubscription: push and BigQuery at once',
          'createSubscription: push exactly once',
        ),
      },
    },
  },
  {
    about: 'defaults of a subscription',
    emulator: 'answers with them: 10 s, 31 days, 5 attempts, 10 s to 600 s, the wrapper',
    pstest: 'answers with what was sent',
    why: 'the documentation of each field gives its default',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscription',
    facts: {
      'subscriptions: made and found': {
        ...each(
          {
            name: 'projects/p/subscriptions/created',
            topic: 'projects/p/topics/topic',
            pushConfig: {},
            messageRetentionDuration: '604800s',
            state: 'ACTIVE',
          },
          'a subscription has its defaults',
          'is found',
        ),
        'five attempts unless told': { deadLetterTopic: 'projects/p/topics/dead' },
        'a retry policy has its defaults': {},
      },
      'subscriptions: updates': {
        'expiration as by default': { expirationPolicy: null },
        push: { pushConfig: { attributes: { 'x-goog-version': 'v1' }, pushEndpoint: 'https://example.com/push' } },
        'pull again': { pushConfig: null },
      },
    },
  },
  {
    about: 'a subscription without a name',
    emulator: 'gives it one',
    pstest: 'refuses it',
    why: 'the server assigns a random name',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscriber',
    facts: {
      'subscriptions: made and found': { 'one without a name is given one': 'INVALID_ARGUMENT' },
    },
  },
  {
    about: 'retention of a subscription',
    emulator: 'is up to 31 days',
    pstest: 'is up to 7 days',
    why: 'message_retention_duration is from 10 minutes to 31 days',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscription',
    facts: {
      'subscriptions: made and found': { 'settings are kept': 'INVALID_ARGUMENT', 'and found': 'NOT_FOUND' },
    },
  },
  {
    about: 'what an update may name',
    emulator: 'any field that can change, also within a message, at least one, and no other',
    pstest: 'fields of the first level, also none, also the filter',
    why: 'the mask must not be empty; the filter is for ever',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#updatesubscriptionrequest',
    facts: {
      'subscriptions: what an update may not touch': {
        ...each('answered', 'the filter', 'no field'),
        'nothing has changed': false,
      },
      'subscriptions: updates': { 'attempts of it': { error: 'INVALID_ARGUMENT', deadLetterPolicy: null } },
      'malformed: fields': { ...each('answered', 'updateTopic: an empty mask', 'updateSubscription: an empty mask') },
    },
  },
  {
    about: 'attempts before a dead letter',
    emulator: 'are 5 to 100',
    pstest: 'are any number',
    why: 'max_delivery_attempts is from 5 to 100',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#deadletterpolicy',
    facts: {
      'dead letters: settings': { ...each('answered', '4 attempts', '101 attempts', '-1 attempts') },
    },
  },
];
