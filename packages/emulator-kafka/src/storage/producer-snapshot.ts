import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import type { FileSystem } from '@sluice/durable-log';
import { ProducerStates } from './producer-states.ts';

const FILE = 'producers.snapshot';
const CRC_BYTES = 4;

export interface ProducerSnapshot {
  /** The states are those after all batches below this offset. */
  readonly offset: number;
  readonly states: ProducerStates;
}

/**
 * Keeps a partition's producer states beside its log, so that opening it reads only the batches written since, not all.
 * A checksum, then JSON; replaced as a whole.
 */
export async function writeProducerSnapshot(
  fileSystem: FileSystem,
  directory: string,
  { offset, states }: { readonly offset: number; readonly states: unknown[] },
): Promise<void> {
  const json = Buffer.from(JSON.stringify({ offset, states }));
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32BE(crc32c(json));
  const path = join(directory, `${FILE}.new`);
  const file = await fileSystem.open(path, { create: true });
  try {
    await file.truncate(0);
    await file.write([crc, json], 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await fileSystem.rename(path, join(directory, FILE));
  await fileSystem.syncDirectory(directory);
}

/** @returns undefined where there is none that is whole: everything in it can be read from the log again. */
export async function readProducerSnapshot(
  fileSystem: FileSystem,
  directory: string,
): Promise<ProducerSnapshot | undefined> {
  if (!(await fileSystem.list(directory)).includes(FILE)) return undefined;
  const file = await fileSystem.open(join(directory, FILE), { create: false });
  try {
    const bytes = Buffer.alloc(await file.size());
    await file.read(bytes, 0);
    const json = bytes.subarray(CRC_BYTES);
    if (bytes.length < CRC_BYTES || bytes.readUInt32BE() !== crc32c(json)) return undefined;
    const { offset, states } = JSON.parse(json.toString());
    return { offset, states: ProducerStates.fromJSON(states) };
  } finally {
    await file.close();
  }
}
