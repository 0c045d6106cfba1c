import { chmod, copyFile, mkdir, mkdtemp, open, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Installation } from './binaries.ts';

/** Where root keeps what other accounts run: owned by root, written by nobody else, and made anew when it is removed. */
const CACHE = '/var/cache/sluice';

/**
 * A copy of the installation that every account can read, made once per build. It comes into being by a rename, so that
 * any number of processes may ask at once and none sees half of it.
 */
export async function copyForEveryone(original: Installation, cache: string = CACHE): Promise<Installation> {
  const root = join(cache, `postgres-${original.build}`);
  const copy = { root, build: original.build };
  if (await exists(root)) return copy;
  await makeReadableFolder(cache);
  const draft = await mkdtemp(join(cache, '.draft-'));
  try {
    await copyTree(original.root, draft);
    await rename(draft, root);
    await syncFolder(cache);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Somebody else was first, and theirs is as good.
    if (!(await exists(root))) throw error;
  }
  return copy;
}

/** Modes are set rather than kept: a checkout made under a strict umask is readable by its owner alone. */
async function copyTree(from: string, to: string): Promise<void> {
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      await mkdir(target);
      await copyTree(source, target);
    } else if (entry.isSymbolicLink()) {
      await symlink(await readlink(source), target);
    } else if (!entry.name.endsWith('.a')) {
      await copyFile(source, target);
      await chmod(target, basename(dirname(target)) === 'bin' ? 0o755 : 0o644);
    }
  }
}

async function makeReadableFolder(path: string): Promise<void> {
  if (await exists(path)) return;
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
