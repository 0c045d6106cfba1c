import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReceivedMessage } from '../../delivery/delivery.ts';
import { encoded, pubsub } from '../../grpc/protos.ts';
import { encodeReceived, inAnswersOf } from './received-messages.ts';

const messages = fc.array(
  fc.record({
    ackId: fc.stringMatching(/^[a-z0-9.-]{1,200}$/),
    deliveryAttempt: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 31 - 1 })),
    data: fc.uint8Array({ maxLength: 20_000, size: 'large' }),
    messageId: fc.string(),
  }),
  { maxLength: 20 },
);

const received = ({
  ackId,
  deliveryAttempt,
  ...message
}: {
  ackId: string;
  deliveryAttempt: number;
  data: Uint8Array;
  messageId: string;
}) => ({ ackId, deliveryAttempt, message: { encoded: encoded(pubsub.PubsubMessage, message) } }) as ReceivedMessage;

test('messages put together by hand are what the library reads, in both kinds of answers', () => {
  fc.assert(
    fc.property(messages, (drawn) => {
      const bytes = encodeReceived(drawn.map(received));
      for (const type of [pubsub.PullResponse, pubsub.StreamingPullResponse]) {
        const read = type.decode(bytes).receivedMessages.map(({ ackId, message, deliveryAttempt }) => ({
          ackId,
          deliveryAttempt,
          data: Buffer.from(message?.data as Buffer),
          messageId: message?.messageId,
        }));
        assert.deepEqual(
          read,
          drawn.map(({ data, ...each }) => ({ ...each, data: Buffer.from(data) })),
        );
      }
    }),
  );
});

test('what else the answer holds stands behind the messages', () => {
  fc.assert(
    fc.property(messages, (drawn) => {
      const rest = encoded(pubsub.StreamingPullResponse, { subscriptionProperties: { messageOrderingEnabled: true } });
      const read = pubsub.StreamingPullResponse.decode(encodeReceived(drawn.map(received), rest));
      assert.equal(read.subscriptionProperties?.messageOrderingEnabled, true);
      assert.deepEqual(
        read.receivedMessages.map(({ ackId }) => ackId),
        drawn.map(({ ackId }) => ackId),
      );
    }),
  );
});

test('answers hold up to so many bytes, a larger message alone, and all of them in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 }), { maxLength: 30 }), (sizes) => {
      const drawn = sizes.map(
        (size, index) => ({ ackId: `${index}`, message: { encoded: Buffer.alloc(size) } }) as ReceivedMessage,
      );
      const parts = [...inAnswersOf(20, drawn)];
      assert.deepEqual(parts.flat(), drawn);
      for (const part of parts) {
        const bytes = part.reduce((sum, { message }) => sum + message.encoded.length, 0);
        assert.ok(part.length === 1 || (part.length > 1 && bytes <= 20));
      }
    }),
  );
});
