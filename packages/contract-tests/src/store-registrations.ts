import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { SchemaVersion } from '@sluice/core';
import { advance, type CommandItem, registrationItem, rowItem } from './store-items.ts';
import type { StoreContractOptions } from './store-under-test.ts';

const SCHEMA = '{ "type": "object", "z": 1, "a": 1.0, "naïve": "🧽 \\"q\\"" }';

function versionOf({ commandId, identity, effects: [effect] }: CommandItem): SchemaVersion {
  if (effect?.kind !== 'registration') throw new Error('must be a registration');
  const { client, event, topic, schema, compatibility, base } = effect;
  return { client, event, topic, version: base + 1, schema, compatibility, registeredAt: identity.time, commandId };
}

export function testRegistrations(open: StoreContractOptions['open']): void {
  describe('registrations', () => {
    test('follow each other, in one batch or in several, and keep every field', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const items = [
        registrationItem(0, { schema: SCHEMA }),
        registrationItem(1, { base: 1, schema: '{"b":2}', compatibility: 'none' }),
        registrationItem(2, { base: 2 }),
        registrationItem(3, { event: 'Colors' }),
      ];
      await writer.apply({ group: 'g', items: items.slice(0, 1), advance: advance(null, 1) });
      const outcomes = await writer.apply({ group: 'g', items: items.slice(1), advance: advance(1, 4) });
      assert.deepEqual(outcomes, Array(3).fill({ kind: 'projected' }));
      const { isWhole, versions } = await reader.registryChanges(null);
      assert.ok(isWhole);
      assert.deepEqual(versions, items.map(versionOf));
      assert.deepEqual(
        versions.map(({ version }) => version),
        [1, 2, 3, 1],
      );
    });

    test('one with another base than the latest version is rejected: the first in the log wins', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const first = registrationItem(0, { schema: '{"first":1}' });
      const late = registrationItem(1, { schema: '{"late":1}' });
      const ahead = registrationItem(2, { base: 2 });
      const unknown = registrationItem(3, { event: 'Colors', base: 1 });
      const items = [first, late, ahead, unknown];
      const outcomes = await writer.apply({ group: 'g', items, advance: advance(null, 4) });
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['projected', 'rejected', 'rejected', 'rejected'],
      );
      assert.deepEqual((await reader.registryChanges(null)).versions, [versionOf(first)]);
      const [told] = await reader.outcomes([late.commandId]);
      assert.ok(told?.status === 'rejected' && outcomes[1]?.kind === 'rejected');
      assert.equal(told.detail, outcomes[1].detail);
      assert.match(told.detail, /SpongeBob\.Fruits/);
    });

    test('one whose topic equals another’s once dots are underscores is rejected, and its versions after it', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const kept = registrationItem(0, { client: 'A_b', event: 'c' });
      const items = [
        kept,
        registrationItem(1, { client: 'A', event: 'b_c' }),
        registrationItem(2, { client: 'A', event: 'b_c', base: 1 }),
        registrationItem(3, { client: 'A', event: 'b-c' }),
        registrationItem(4, { client: 'a', event: 'b_c' }),
      ];
      assert.deepEqual(
        (await writer.apply({ group: 'g', items, advance: null })).map(({ kind }) => kind),
        ['projected', 'rejected', 'rejected', 'projected', 'projected'],
      );
      const next = registrationItem(5, { client: 'A_b', event: 'c', base: 1 });
      assert.deepEqual(await writer.apply({ group: 'g', items: [next], advance: null }), [{ kind: 'projected' }]);
      assert.deepEqual(
        (await reader.registryChanges(null)).versions.map(({ topic, version }) => [topic, version]),
        [
          ['A_b.c', 1],
          ['A.b-c', 1],
          ['a.b_c', 1],
          ['A_b.c', 2],
        ],
      );
    });

    test('repeated by another group, or at another place, it is known', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const id = randomUUID();
      const items = [registrationItem(0, { id }), registrationItem(1), registrationItem(2, { base: 1 })];
      await writer.apply({ group: 'g', items, advance: null });
      const before = await reader.registryChanges(null);
      assert.equal(before.versions.length, 2);
      for (const group of ['g', 'h']) {
        const again = [...items, registrationItem(9, { id, base: 2 })];
        assert.deepEqual(await writer.apply({ group, items: again, advance: null }), Array(4).fill({ kind: 'known' }));
      }
      assert.deepEqual(await reader.registryChanges(null), before);
    });

    test('of the same from many groups at once, one is registered', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const items = [0, 1, 2, 3].map((base) => registrationItem(base, { base }));
      const groups = await Promise.all(
        [tested.store, another, tested.store, another].map(async ({ writer }, n) => {
          const kinds: string[] = [];
          for (const item of items) {
            kinds.push(
              ...(await writer.apply({ group: `g${n}`, items: [item], advance: null })).map(({ kind }) => kind),
            );
          }
          return kinds;
        }),
      );
      for (const [n] of items.entries()) {
        assert.deepEqual(groups.map((kinds) => kinds[n]).sort(), ['known', 'known', 'known', 'projected']);
      }
      assert.deepEqual((await tested.store.reader.registryChanges(null)).versions, items.map(versionOf));
    });

    test('what is new since a mark is told alone, to every process', async () => {
      await using tested = await open();
      await using another = await tested.openAnother();
      const { writer } = tested.store;
      const { reader } = another;
      const empty = await reader.registryChanges(null);
      assert.deepEqual([empty.isWhole, empty.versions], [true, []]);
      assert.deepEqual(await reader.registryChanges(empty.mark), { ...empty, isWhole: false });

      const first = registrationItem(0);
      await writer.apply({ group: 'g', items: [first, registrationItem(1, { base: 7 })], advance: null });
      const changes = await reader.registryChanges(empty.mark);
      assert.deepEqual([changes.isWhole, changes.versions], [false, [versionOf(first)]]);
      assert.deepEqual(await reader.registryChanges(changes.mark), { ...changes, versions: [] });

      const more = [registrationItem(2, { base: 1 }), registrationItem(3, { event: 'Colors' })];
      await writer.apply({ group: 'g', items: more, advance: null });
      const next = await reader.registryChanges(changes.mark);
      assert.deepEqual(next.versions, more.map(versionOf));
      assert.deepEqual((await reader.registryChanges(empty.mark)).versions, [first, ...more].map(versionOf));
      assert.deepEqual((await reader.registryChanges(null)).versions, [first, ...more].map(versionOf));
      assert.deepEqual((await reader.registryChanges(next.mark)).mark, next.mark);
    });

    test('a mark of another generation gives all there is', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const item = registrationItem(0);
      await writer.apply({ group: 'g', items: [item], advance: null });
      const { mark } = await reader.registryChanges(null);
      const changes = await reader.registryChanges({ generation: randomUUID(), sequence: mark.sequence + 5 });
      assert.deepEqual(changes, { mark, isWhole: true, versions: [versionOf(item)] });
    });

    test('a batch that fails registers nothing', async () => {
      await using tested = await open();
      const { writer, reader } = tested.store;
      const items = [registrationItem(0), rowItem(1, { client: 'a\0b' })];
      await assert.rejects(writer.apply({ group: 'g', items, advance: null }), { code: 'invalid-data' });
      assert.deepEqual((await reader.registryChanges(null)).versions, []);
    });
  });
}
