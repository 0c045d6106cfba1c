import { LogError, reasonOf } from './errors.ts';
import type { FileSystem, LogFile } from './file-system.ts';
import { encodeSegmentHeader, newIdentity } from './format.ts';
import { Segment, segmentPath } from './segment.ts';

export interface OpenSegment {
  readonly segment: Segment;
  /** Open for durable writes. */
  readonly file: LogFile;
  /** The file's length: what lies behind the last entry is zeros. */
  readonly fileBytes: number;
}

/**
 * Creates a segment's file. No entry is written to it before its header and its name are durable, so that a file without
 * a header is known to have never been used.
 */
export async function createSegment(
  fileSystem: FileSystem,
  directory: string,
  firstOffset: number,
): Promise<OpenSegment> {
  const path = segmentPath(directory, firstOffset);
  const file = await fileSystem.open(path, { create: true, durable: true });
  try {
    const identity = newIdentity(firstOffset);
    await file.truncate(0);
    await file.write([encodeSegmentHeader(identity)], 0);
    await fileSystem.syncDirectory(directory);
    const segment = new Segment(fileSystem, path, identity);
    return { segment, file, fileBytes: segment.bytes };
  } catch (error) {
    await undo(fileSystem, path, file);
    throw error;
  }
}

/**
 * Without its header the file counts as never used, and the segment before it may go on growing past the offset in its
 * name. That this is durable matters more than that the name goes.
 */
async function undo(fileSystem: FileSystem, path: string, file: LogFile): Promise<void> {
  try {
    await file.truncate(0);
    await file.datasync();
  } catch (error) {
    const message = `${path}: a new segment could neither be completed nor taken back: ${reasonOf(error)}`;
    throw new LogError('broken', message, { cause: error });
  } finally {
    await file.close();
  }
  await fileSystem.remove(path).catch(() => undefined);
}
