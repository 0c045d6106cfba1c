import fs from 'node:fs';
import { mkdir, readdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileSystem, LogFile, OpenOptions } from './file-system.ts';

/**
 * Only Linux's O_DSYNC promises what fdatasync does; elsewhere (macOS leaves the drive's own cache alone) a durable
 * write is a write and a sync.
 */
const HAS_DSYNC = process.platform === 'linux';

/** A write of one such piece, when nobody waits for the disk, is a copy: over sooner than another thread could begin it. */
const MAX_SMALL_BYTES = 64 * 1024;

/**
 * Up to this on average, a small durable write is made on this thread too: handing it to another and being woken again
 * takes about as long as a good disk does, and a sixth of the processor's time of a produce request.
 */
const QUICK_SYNC_MS = 2;
/** What the last durable write counts for in the average: a disk that stalls is noticed at once, and forgiven in a while. */
const LAST_SYNC_WEIGHT = 1 / 8;

const ZEROS = Buffer.alloc(256 * 1024);

/** The real disk. */
export const nodeFileSystem: FileSystem = {
  async createDirectory(path) {
    const firstCreated = await mkdir(path, { recursive: true });
    if (firstCreated === undefined) return;
    for (let created = path; ; created = dirname(created)) {
      await syncDirectory(dirname(created));
      if (created === firstCreated || created === dirname(created)) return;
    }
  },
  list: (path) => readdir(path),
  open: (path, options) => openFile(path, options),
  rename: (from, to) => rename(from, to),
  async remove(path) {
    try {
      await unlink(path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  },
  removeDirectory: (path) => rm(path, { recursive: true, force: true }),
  syncDirectory,
};

async function syncDirectory(path: string): Promise<void> {
  // Windows neither opens folders nor needs it.
  if (process.platform === 'win32') return;
  const descriptor = await openDescriptor(path, fs.constants.O_RDONLY);
  try {
    await settled((done) => fs.fsync(descriptor, done));
  } finally {
    await settled((done) => fs.close(descriptor, done));
  }
}

async function openFile(path: string, { create, durable = false }: OpenOptions): Promise<LogFile> {
  const flags =
    fs.constants.O_RDWR | (create ? fs.constants.O_CREAT : 0) | (durable && HAS_DSYNC ? fs.constants.O_DSYNC : 0);
  return new NodeFile(await openDescriptor(path, flags), durable);
}

/** Callbacks throughout: FileHandle costs several promises and an object a call. */
class NodeFile implements LogFile {
  readonly #descriptor: number;
  readonly #durable: boolean;
  /** Of a small durable write, on average. The first is waited for elsewhere. */
  #syncMs = Number.POSITIVE_INFINITY;

  constructor(descriptor: number, durable: boolean) {
    this.#descriptor = descriptor;
    this.#durable = durable;
  }

  size(): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.fstat(this.#descriptor, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
    });
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const more = (filled: number): void => {
        fs.read(this.#descriptor, target, filled, target.length - filled, position + filled, (error, count) => {
          if (error !== null) reject(error);
          else if (count === 0 || filled + count === target.length) resolve(filled + count);
          else more(filled + count);
        });
      };
      if (target.length === 0) resolve(0);
      else more(0);
    });
  }

  write(buffers: readonly Uint8Array[], position: number, roomBytes = 0): Promise<void> {
    const filled = [...buffers, ...zeros(roomBytes)].filter((buffer) => buffer.length > 0);
    const [only, second] = filled;
    const isSmall = second === undefined && only !== undefined && only.length <= MAX_SMALL_BYTES;
    const begunAt = this.#durable ? performance.now() : 0;
    return new Promise((resolve, reject) => {
      const done = (): void => {
        if (this.#durable && isSmall) this.#noteSync(performance.now() - begunAt);
        resolve();
      };
      const finish = (): void => {
        if (!this.#durable || HAS_DSYNC) done();
        else fs.fdatasync(this.#descriptor, (error) => (error === null ? done() : reject(error)));
      };
      const more = (left: readonly Uint8Array[], at: number): void => {
        fs.writev(this.#descriptor, left, at, (error, count) => {
          if (error !== null) return reject(error);
          const rest = without(left, count);
          if (rest.length === 0) finish();
          else if (count === 0) reject(new Error('the file took no more bytes'));
          else more(rest, at + count);
        });
      };
      if (only === undefined) finish();
      else if (isSmall && this.#isQuick()) {
        const count = fs.writeSync(this.#descriptor, only, 0, only.length, position);
        if (count === only.length) finish();
        else more(without(filled, count), position + count);
      } else more(filled, position);
    });
  }

  truncate(size: number): Promise<void> {
    return settled((done) => fs.ftruncate(this.#descriptor, size, done));
  }

  datasync(): Promise<void> {
    return settled((done) => fs.fdatasync(this.#descriptor, done));
  }

  close(): Promise<void> {
    return settled((done) => fs.close(this.#descriptor, done));
  }

  /** Whether a write is over sooner than it could be handed to another thread. */
  #isQuick(): boolean {
    return !this.#durable || (HAS_DSYNC && this.#syncMs <= QUICK_SYNC_MS);
  }

  #noteSync(ms: number): void {
    this.#syncMs = Number.isFinite(this.#syncMs) ? this.#syncMs + (ms - this.#syncMs) * LAST_SYNC_WEIGHT : ms;
  }
}

function* zeros(bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left);
}

/** What is left of the buffers after their first `count` bytes: a write may be shorter than asked for. */
function without(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const rest: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(skip === 0 ? buffer : buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return rest;
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, 0o644, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)));
  });
}

function settled(call: (done: (error: NodeJS.ErrnoException | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}
