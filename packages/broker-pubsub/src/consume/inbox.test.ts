import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Delivery } from './delivery.ts';
import { Inbox } from './inbox.ts';
import { ReceivedMessage } from './received-message.ts';

const deliveryOf = (number: number, orderingKey: string): Delivery => ({
  record: new ReceivedMessage('t', { messageId: String(number), orderingKey }),
  messageId: String(number),
  orderingKey,
  ackId: `ack of ${number}`,
  leasedAt: 0,
});

type Step =
  | { readonly kind: 'arrive'; readonly keys: readonly string[] }
  | { readonly kind: 'take'; readonly max: number }
  | { readonly kind: 'finish'; readonly which: number; readonly count: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('arrive' as const),
      keys: fc.array(fc.constantFrom('', 'a', 'b', 'c'), { maxLength: 9 }),
    }),
    fc.record({ kind: fc.constant('take' as const), max: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ kind: fc.constant('finish' as const), which: fc.nat(5), count: fc.nat(6) }),
  ) satisfies fc.Arbitrary<Step>,
  { maxLength: 60 },
);

it('hands every message over until it is done, a key in one batch at a time and in order, whatever is given back', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const inbox = new Inbox();
      const atWork: (readonly Delivery[])[] = [];
      const done: Delivery[] = [];
      let arrived = 0;
      const take = (max: number): void => {
        const batch = inbox.take(max);
        const busy = new Set(atWork.flat().map(({ orderingKey }) => orderingKey));
        for (const { orderingKey } of batch)
          assert.ok(orderingKey === '' || !busy.has(orderingKey), 'a key twice at work');
        assert.ok(batch.length <= max);
        if (batch.length > 0) atWork.push(batch);
      };
      const finish = (which: number, count: number): void => {
        const [batch = []] = atWork.splice(which % Math.max(1, atWork.length), 1);
        done.push(...batch.slice(0, count));
        inbox.finish(batch, batch.slice(count));
      };
      for (const step of sequence) {
        if (step.kind === 'arrive') for (const key of step.keys) inbox.add(deliveryOf(arrived++, key));
        if (step.kind === 'take') take(step.max);
        if (step.kind === 'finish') finish(step.which, step.count);
      }
      while (atWork.length > 0 || inbox.ready > 0) {
        take(4);
        finish(0, 4);
      }
      assert.equal(done.length, arrived);
      for (const key of ['a', 'b', 'c']) {
        const ofKey = done.filter(({ orderingKey }) => orderingKey === key).map(({ messageId }) => Number(messageId));
        assert.deepEqual(
          ofKey,
          ofKey.toSorted((x, y) => x - y),
        );
      }
      assert.equal(new Set(done).size, arrived);
    }),
    { numRuns: 1_000 },
  );
});

it('holds more messages than its queue is moved for', () => {
  const inbox = new Inbox();
  for (let number = 0; number < 5_000; number++) inbox.add(deliveryOf(number, ''));
  const taken: string[] = [];
  while (inbox.ready > 0) {
    const batch = inbox.take(700);
    taken.push(...batch.map(({ messageId }) => messageId));
    inbox.finish(batch, []);
  }
  assert.deepEqual(
    taken,
    Array.from({ length: 5_000 }, (_, number) => String(number)),
  );
});
