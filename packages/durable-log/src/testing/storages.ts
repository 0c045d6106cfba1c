import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { openJournaledFileSystem } from '../journaled-file-system.ts';
import type { DurableLog, LogOptions } from '../log.ts';
import { openLog as openPlainLog } from '../open-log.ts';

/** What every promise of a log is tested on. */
export const STORAGES = ['no journal', 'a journal'] as const;
export type Storage = (typeof STORAGES)[number];

const current = new AsyncLocalStorage<{ storage: Storage; checkpointBytes: number }>();

/**
 * A test of a log on a disk, with and without a journal between them, whose files are small by default, so that the test
 * goes through many.
 */
export function testStorages(
  name: string,
  body: (storage: Storage) => Promise<void>,
  { checkpointBytes = 1_000 }: { readonly checkpointBytes?: number } = {},
): void {
  for (const storage of STORAGES) {
    test(`${name} (${storage})`, () => current.run({ storage, checkpointBytes }, () => body(storage)));
  }
}

/** As {@link openPlainLog}, by way of a journal in `/data` where the test is about one. */
export function openLog(options: LogOptions): Promise<DurableLog> {
  const { storage, checkpointBytes } = current.getStore() ?? { storage: 'no journal', checkpointBytes: 0 };
  return storage === 'a journal' ? openJournaledLog(options, checkpointBytes) : openPlainLog(options);
}

/** The file system is disposed of with the log. */
async function openJournaledLog(
  { fileSystem: disk, ...options }: LogOptions,
  checkpointBytes: number,
): Promise<DurableLog> {
  if (disk === undefined) throw new Error('a test has a disk of its own');
  const fileSystem = await openJournaledFileSystem({ fileSystem: disk, directory: '/data', checkpointBytes });
  const log = await openPlainLog({ ...options, fileSystem }).catch(async (error: unknown) => {
    await fileSystem[Symbol.asyncDispose]();
    throw error;
  });
  const close = async (): Promise<void> => {
    try {
      await log[Symbol.asyncDispose]();
    } finally {
      await fileSystem[Symbol.asyncDispose]();
    }
  };
  let closing: Promise<void> | undefined;
  return new Proxy(log, {
    get(target, name) {
      if (name === Symbol.asyncDispose) {
        return () => {
          closing ??= close();
          return closing;
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
