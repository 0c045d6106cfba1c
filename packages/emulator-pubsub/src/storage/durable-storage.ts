import { join } from 'node:path';
import { type Clock, type FileSystem, type LogEvent, openJournaledFileSystem } from '@sluice/durable-log';
import { checkDataId } from './data-id.ts';
import { DiskGuard } from './disk-guard.ts';
import { DurableAcks } from './durable-acks.ts';
import { DurableMessages } from './durable-messages.ts';
import { DurableResources } from './durable-resources.ts';
import { Logs } from './logs.ts';
import { MemoryBudget } from './memory-budget.ts';
import { OpenData } from './open-data.ts';
import type { Storage } from './storage.ts';
import { TopicSerials } from './topic-serials.ts';

const MEBIBYTE = 1024 * 1024;

/** Old messages go a segment at a time; the newest segment is read whole at the start. */
const MESSAGE_SEGMENT_BYTES = 16 * MEBIBYTE;
const CHANGE_SEGMENT_BYTES = MEBIBYTE / 4;

export interface DurableStorageOptions {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  /** Told about what recovery and trimming did, of which log. Default: nobody. */
  readonly onEvent?: ((name: string, event: LogEvent) => void) | undefined;
  /** Told once when what the disk holds is unknown or damaged: nothing more is acknowledged. Default: nobody. */
  readonly fail?: ((error: Error) => void) | undefined;
  /** Of messages of all topics together that are kept in memory. Default 64 MiB. */
  readonly cacheBytes?: number | undefined;
}

/** For an emulator with a directory. @throws LogError `corrupt` where what is in it is damaged. */
export async function openDurableStorage(options: DurableStorageOptions): Promise<Storage> {
  const { directory, clock, fail = () => undefined } = options;
  await using opened = new AsyncDisposableStack();
  // One synced write for all that is appended at the same time, however many topics and subscriptions it is for.
  const fileSystem = opened.use(await openJournaledFileSystem({ fileSystem: options.fileSystem, directory }));
  const guard = new DiskGuard(fail);
  const logs = new Logs(fileSystem, directory, options.onEvent ?? (() => undefined));
  const openResources = async (name: string): Promise<DurableResources> =>
    opened.use(await logs.open(name, CHANGE_SEGMENT_BYTES, (log) => DurableResources.open(log, { clock, guard })));
  const resources = await openResources('resources');
  const serials = new TopicSerials(await openResources('serials'), clock);
  const budget = new MemoryBudget(options.cacheBytes ?? 64 * MEBIBYTE);
  const messages = opened.use(new OpenData<DurableMessages>());
  const acks = opened.use(new OpenData<DurableAcks>());
  const owned = opened.move();
  const removeMessages = async (ids: readonly string[]): Promise<void> => {
    // From here on the topic is a new one, wherever a crash leaves its files.
    await serials.remove(ids);
    await Promise.all(ids.map((id) => logs.remove(join('messages', id))));
  };
  return {
    resources,
    openMessages: (id) =>
      messages.open(id, (onClosed) =>
        guard.watch(
          (async () => {
            const name = join('messages', id);
            const known = serials.get(id);
            if (known === undefined) await logs.remove(name);
            const serial = known ?? (await serials.create(id));
            return logs.open(name, MESSAGE_SEGMENT_BYTES, (log) =>
              DurableMessages.open(log, { serial, clock, budget, guard, onClosed }),
            );
          })(),
        ),
      ),
    openAcks: (id) =>
      acks.open(id, (onClosed) =>
        guard.watch(
          logs.open(join('acks', id), CHANGE_SEGMENT_BYTES, (log) => DurableAcks.open(log, { clock, guard, onClosed })),
        ),
      ),
    async removeMessages(id) {
      checkDataId(id);
      await messages.close(id);
      await guard.watch(removeMessages([id]));
    },
    async removeAcks(id) {
      checkDataId(id);
      await acks.close(id);
      await guard.watch(logs.remove(join('acks', id)));
    },
    async retainOnly(kept) {
      const isOrphan = (id: string): boolean => !kept.messages.has(id) && !messages.has(id);
      const found = await guard.watch(logs.list('messages'));
      await guard.watch(removeMessages([...new Set([...found, ...serials.ids])].filter(isOrphan)));
      const orphanAcks = (await guard.watch(logs.list('acks'))).filter((id) => !kept.acks.has(id) && !acks.has(id));
      await guard.watch(Promise.all(orphanAcks.map((id) => logs.remove(join('acks', id)))));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
