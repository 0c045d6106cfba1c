import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part } from '../start/part.ts';
import type { PartName } from '../start/settings.ts';

export const partNamed = (name: PartName): Part => ({ name, entry: '', env: {}, address: '', readyUrl: null });

/** A part that is a script of a test's. */
export async function fakePart(
  folder: string,
  name: PartName,
  source: string,
  readyUrl: string | null = null,
): Promise<Part> {
  const entry = join(folder, `${name}.mjs`);
  await writeFile(entry, source);
  return { ...partNamed(name), entry, readyUrl };
}
