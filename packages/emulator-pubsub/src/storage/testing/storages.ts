import { test } from 'node:test';
import { faultyFileSystem, ManualClock } from '@sluice/durable-log';
import { openDurableStorage } from '../durable-storage.ts';
import { openMemoryStorage } from '../memory-storage.ts';
import type { Storage } from '../storage.ts';

export interface StorageTest {
  readonly clock: ManualClock;
  readonly storage: Storage;
}

/** A test of what holds for every kind of storage. The durable one is tested with and without anything in memory. */
export function testStorages(name: string, body: (given: StorageTest) => Promise<void>): void {
  const kinds: Record<string, (clock: ManualClock) => Promise<Storage>> = {
    memory: async (clock) => openMemoryStorage({ clock }),
    durable: (clock) => openDurableStorage({ directory: '/data', fileSystem: faultyFileSystem(), clock }),
    'durable, without cache': (clock) =>
      openDurableStorage({ directory: '/data', fileSystem: faultyFileSystem(), clock, cacheBytes: 0 }),
  };
  for (const [kind, open] of Object.entries(kinds)) {
    test(`${name} (${kind})`, async () => {
      const clock = new ManualClock();
      await using storage = await open(clock);
      await body({ clock, storage });
    });
  }
}
