import { createSegment, type OpenSegment } from './create-segment.ts';
import { isExhaustion } from './errors.ts';
import type { FileSystem } from './file-system.ts';
import { writeIndex } from './index-file.ts';
import { type Findings, inspect } from './inspection.ts';
import type { LogEvent } from './log.ts';
import type { Segment } from './segment.ts';

export interface RecoveryOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly onEvent: (event: LogEvent) => void;
}

export interface Recovered {
  /** In order of offsets. */
  readonly sealed: readonly Segment[];
  /** The one that is written to. */
  readonly active: OpenSegment;
}

/**
 * Makes a log's folder fit to be appended to. Cuts off only what cannot have been acknowledged; what is left then is
 * durable, even where the last process died before it had synced it.
 * @throws LogError `corrupt` where anything else is damaged; nothing is changed then.
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { fileSystem, directory } = options;
  await fileSystem.createDirectory(directory);
  const { sealed, newest, tornTail, nextOffset, withoutIndex, leftovers } = await inspect(fileSystem, directory);
  for (const path of leftovers) await fileSystem.remove(path);
  for (const segment of withoutIndex) await rebuildIndex(options, segment);
  const active =
    newest === undefined
      ? await createSegment(fileSystem, directory, nextOffset)
      : await makeActive(options, newest, tornTail);
  return { sealed, active };
}

/** A full disk is no reason not to open the log: the index only makes opening faster. */
async function rebuildIndex({ fileSystem, onEvent }: RecoveryOptions, segment: Segment): Promise<void> {
  try {
    await segment.file.use((file) => writeIndex(fileSystem, segment, file));
  } catch (error) {
    if (isExhaustion(error)) return;
    throw error;
  }
  onEvent({ kind: 'index-rebuilt', segment: segment.name });
}

async function makeActive(
  { fileSystem, directory, onEvent }: RecoveryOptions,
  segment: Segment,
  tornTail: Findings['tornTail'],
): Promise<OpenSegment> {
  const file = await fileSystem.open(segment.path, { create: false, durable: true });
  try {
    if (tornTail !== undefined) await file.truncate(tornTail.atByte);
    // A process that was killed leaves bytes and names behind that can be seen but are not safe yet.
    await file.datasync();
    await fileSystem.syncDirectory(directory);
    const fileBytes = await file.size();
    if (tornTail !== undefined) {
      const { atByte, bytes } = tornTail;
      onEvent({ kind: 'tail-truncated', segment: segment.name, atByte, droppedBytes: bytes });
    }
    return { segment, file, fileBytes };
  } catch (error) {
    await file.close();
    throw error;
  }
}
