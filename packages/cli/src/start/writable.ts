import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The first of these files and folders, or of what is in them, that is there and that this user may not write. */
export function findUnwritable(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const found = isWritable(path) ? findUnwritable(contentsOf(path)) : path;
    if (found !== undefined) return found;
  }
  return undefined;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EACCES');
  }
}

function contentsOf(path: string): string[] {
  try {
    return readdirSync(path).map((name) => join(path, name));
  } catch {
    // A file, or gone in the meantime.
    return [];
  }
}
