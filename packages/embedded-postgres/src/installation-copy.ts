import { chmod, copyFile, mkdir, mkdtemp, open, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Installation } from './binaries.ts';

/** Where root keeps what other accounts run. It can be removed whenever no PostgreSQL of ours runs. */
const CACHE = '/var/cache/sluice';
const DRAFT = '.draft-';
const ABANDONED_AFTER_MS = 10 * 60_000;

/**
 * A copy of the installation that every account can read and only root can write, made once per build. It comes into
 * being by a rename, so that any number of processes may ask at once and none sees half of it.
 */
export async function copyForEveryone(original: Installation, cache: string = CACHE): Promise<Installation> {
  const root = join(cache, `postgres-${original.build}`);
  const copy = { root, build: original.build };
  if (await exists(root)) return copy;
  await makeReadableFolder(cache);
  await removeAbandoned(cache);
  const draft = await mkdtemp(join(cache, DRAFT));
  try {
    await copyTree(original.root, draft);
    await rename(draft, root);
    await sync(cache);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was faster, and its copy is as good.
    if (!(await exists(root))) throw error;
  }
  return copy;
}

async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(DRAFT)) continue;
    const path = join(cache, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
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
      await chmod(target, basename(to) === 'bin' ? 0o755 : 0o644);
      await sync(target);
    }
  }
}

async function makeReadableFolder(path: string): Promise<void> {
  if (await exists(path)) return;
  await makeReadableFolder(dirname(path));
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
