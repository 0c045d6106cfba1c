import type { Difference } from '../compare.ts';
import { each } from './each.ts';

export const deliveryDifferences: readonly Difference[] = [
  {
    about: 'retry policy',
    emulator: 'waits for its back-off',
    pstest: 'delivers again at once',
    why: 'a nack or a deadline that has passed is followed by the back-off',
    documentation: 'https://cloud.google.com/pubsub/docs/subscription-retry-policy',
    facts: {
      'retry policy: after a deadline': {
        'a deadline that has passed is followed by the back-off, too': [['a'], false],
      },
      'retry policy: back-off': {
        'a nack is followed by at least the minimum': [false, false, false],
        'it grows': false,
      },
    },
  },
  {
    about: 'exactly-once delivery',
    emulator: 'gives each delivery its own ack id, refuses ids whose deadline has passed and confirms the others',
    pstest: 'marks the stream, and does nothing else',
    why: 'only the latest ack id can acknowledge; on failure the request returns INVALID_ARGUMENT',
    documentation: 'https://cloud.google.com/pubsub/docs/exactly-once-delivery',
    facts: {
      'exactly once: acknowledgement by call': {
        'what comes again has another id to acknowledge it by': false,
        ...each('answered', 'an id whose deadline has passed acknowledges nothing', 'nor does it take a new deadline'),
      },
      'exactly once: acknowledgement on a stream': {
        ...each(
          null,
          'a new deadline is confirmed',
          'an acknowledgement is confirmed',
          'the old id is told to be invalid',
        ),
      },
    },
  },
  {
    about: 'where a dead letter came from',
    emulator: 'publishes it as a message of its own, with attributes that say where it came from',
    pstest: 'hands the same message on',
    why: 'dead letters are published with these attributes',
    documentation: 'https://cloud.google.com/pubsub/docs/dead-letter-topics#how_dead_letter_topics_work',
    facts: {
      'dead letters: after the last attempt': {
        ...each(false, 'under an id of its own', 'and when it was published'),
        'with where it came from': { mine: '1' },
      },
    },
  },
  {
    about: 'flow control of a stream',
    emulator: 'stops at the limits of the first request',
    pstest: 'has none',
    why: 'the server stops sending at max_outstanding_messages or max_outstanding_bytes',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#streamingpullrequest',
    facts: {
      'streaming: flow control': {
        ...each(
          false,
          'no more than two messages are out',
          'an ack lets one more come',
          'so does a nack',
          'nor more than so many bytes, and what passes them',
        ),
      },
    },
  },
  {
    about: 'rules of the requests of a stream',
    emulator: 'aborts the stream',
    pstest: 'ignores them',
    why: 'INVALID_ARGUMENT for a deadline outside of 10 s to 600 s, and for what only the first request may set',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#streamingpullrequest',
    facts: {
      'streaming: the first request': {
        ...each('answered', 'no deadline', 'a deadline of 9 s', 'a deadline of 601 s', 'a deadline of -1 s'),
      },
      'streaming: later requests': {
        ...each(
          'answered',
          'the subscription again',
          'another limit of messages',
          'another limit of bytes',
          'another protocol',
          'a deadline of 9 s',
          'a deadline of 601 s',
        ),
      },
    },
  },
  {
    about: 'the end of a stream whose subscription is gone',
    emulator: 'ends the stream',
    pstest: 'leaves it open',
    why: 'a deleted subscription is NOT_FOUND, a detached one FAILED_PRECONDITION',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#subscriber',
    facts: {
      'streaming: the end': {
        ...each(
          'answered',
          'its subscription is deleted',
          'its subscription is detached',
          'one that begins on a detached subscription',
        ),
      },
    },
  },
  {
    about: 'detached subscriptions',
    emulator: 'says that it is detached, drops its messages and refuses pulls',
    pstest: 'lists it still, and delivers what is left',
    why: 'messages retained in it are dropped, and Pull returns FAILED_PRECONDITION',
    documentation: 'https://cloud.google.com/pubsub/docs/detach-subscriptions',
    facts: {
      'client: resources': { 'is detached': false },
      'subscriptions: detaching': {
        'says so': false,
        'is not pulled any more': 'answered',
        'is no more of its topic': { subscriptions: ['projects/p/subscriptions/detached-sub'] },
      },
    },
  },
  {
    about: 'how many messages and which deadlines',
    emulator: 'holds them to their limits',
    pstest: 'takes any',
    why: 'max_messages is positive, ack_ids not empty, a deadline from 0 to 600 s',
    documentation: 'https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1#pullrequest',
    facts: {
      'pulling: how many and when': { '0 messages': 'answered' },
      'pulling: acknowledgement': { 'no ids': 'answered' },
      'pulling: deadlines': { ...each('answered', '601 s', '-1 s', 'no ids') },
      'malformed: fields': {
        ...each('answered', 'pull: no messages', 'acknowledge: no ids', 'modifyAckDeadline: no ids'),
      },
    },
  },
];
