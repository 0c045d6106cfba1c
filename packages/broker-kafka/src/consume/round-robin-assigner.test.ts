import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { dealOut } from './round-robin-assigner.ts';

const TOPICS = ['a', 'b', 'c', 'd'];

describe('dealOut', () => {
  it('gives each partition once, to a member that subscribed to its topic', () => {
    const subscription = fc.subarray(TOPICS, { minLength: 1 }).map((topics) => new Set(topics));
    const group = fc.dictionary(fc.string({ minLength: 1 }), subscription, { minKeys: 1, maxKeys: 6 });
    fc.assert(
      fc.property(group, fc.integer({ min: 1, max: 7 }), (members, count) => {
        const subscriptions = new Map(Object.entries(members));
        const wanted = TOPICS.filter((topic) => [...subscriptions.values()].some((topics) => topics.has(topic)));
        const partitions = wanted.flatMap((topic) =>
          Array.from({ length: count }, (_, partition) => ({ topic, partition })),
        );
        const dealt = [...dealOut(partitions, subscriptions)].flatMap(([member, assignment]) =>
          Object.entries(assignment).flatMap(([topic, numbers]) =>
            numbers.map((partition) => {
              assert.ok(subscriptions.get(member)?.has(topic), `${member} did not ask for ${topic}`);
              return `${topic}/${partition}`;
            }),
          ),
        );
        assert.deepEqual(dealt.sort(), partitions.map(({ topic, partition }) => `${topic}/${partition}`).sort());
      }),
    );
  });

  it('deals evenly among members that want the same', () => {
    const partitions = Array.from({ length: 6 }, (_, partition) => ({ topic: 'a', partition }));
    const wants = new Set(['a']);
    const dealt = dealOut(
      partitions,
      new Map([
        ['z', wants],
        ['x', wants],
        ['y', wants],
      ]),
    );
    assert.deepEqual(
      [...dealt],
      [
        ['x', { a: [0, 3] }],
        ['y', { a: [1, 4] }],
        ['z', { a: [2, 5] }],
      ],
    );
  });
});
