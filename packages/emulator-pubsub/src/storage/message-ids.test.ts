import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pubsub } from '../grpc/protos.ts';
import { decodeBlock } from './message-block.ts';
import { encodeMessages } from './message-codec.ts';
import { MessageIds, messageIdOf } from './message-ids.ts';
import { RecentMessages } from './recent-messages.ts';
import { ALL, textMessage } from './testing/samples.ts';

const serial = 3_500_000_000;
const count = 120;

for (const first of [0, 95, 9_950, 1e7 - 60, 1e9 - 60]) {
  test(`the digits of ids from ${first} on are those of each id by itself, as are those in stored messages`, () => {
    const ids = new MessageIds(serial, first, count);
    const each = Array.from({ length: count }, (_, index) => messageIdOf(serial, first + index));
    const digits = ids.digits();
    const target = Buffer.alloc(40);
    for (const [index, id] of each.entries()) {
      assert.equal(ids.at(index), id);
      assert.equal(digits.length, id.length);
      assert.equal(target.toString('latin1', 3, digits.write(target, 3)), id);
      digits.advance();
    }
    const recent = new RecentMessages(serial, first);
    const messages = each.map((id) => textMessage(`of ${id}`, { orderingKey: 'k' }));
    const { lengths, bytes } = recent.append(encodeMessages(messages), 1_000_000);
    const payload = Buffer.concat([lengths, bytes]);
    const decoded = decodeBlock({ offset: first, count, timestampMs: 1_000, payload }, serial, first);
    for (const stored of [recent.read(first, first + count, ALL) ?? [], decoded]) {
      assert.deepEqual(
        stored.map(({ encoded }) => pubsub.PubsubMessage.decode(encoded).messageId),
        each,
      );
      assert.deepEqual(
        stored.map(({ data }) => data.toString()),
        each.map((id) => `of ${id}`),
      );
    }
  });
}
