import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { FileSystem, LogFile, OpenOptions } from '../file-system.ts';
import { type Choose, Disk, Inode } from './disk.ts';

/** Something that changed the disk, or made a change safe. */
export interface DiskOperation {
  readonly kind: 'create' | 'write' | 'truncate' | 'sync' | 'rename' | 'remove' | 'remove-directory' | 'sync-directory';
  readonly path: string;
}

/**
 * A test tool: a disk in memory that can fail in every way the log promises to survive. Bytes are safe only after a sync
 * of their file, names only after a sync of their folder.
 */
export class FaultyFileSystem implements FileSystem {
  /** All that happened, in order; a durable write is a write and a sync. */
  readonly operations: DiskOperation[] = [];
  /** Of all files together. A write that needs more writes what fits and then fails with ENOSPC. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** Opening more, folders to sync included, fails with EMFILE. */
  maxOpenFiles = Number.POSITIVE_INFINITY;
  readonly #disk: Disk;
  #openFiles = 0;
  #syncsUntilFailure = Number.POSITIVE_INFINITY;
  #stopsAt = Number.POSITIVE_INFINITY;

  constructor(disk: Disk = new Disk()) {
    this.#disk = disk;
  }

  get openFiles(): number {
    return this.#openFiles;
  }

  /** How often a file, or with 'sync-directory' a folder, was synced. */
  count(kind: DiskOperation['kind']): number {
    return this.operations.filter((operation) => operation.kind === kind).length;
  }

  /** The contents of all files, by path. */
  files(): Map<string, Buffer> {
    return new Map([...this.#disk.names].map(([path, { current }]) => [path, Buffer.from(current.bytes)]));
  }

  /** The n-th sync from now on, of a file or folder, fails with EIO. What it should have made safe never is. */
  failSync(nth = 1): void {
    this.#syncsUntilFailure = nth;
  }

  /** The machine stops instead of doing its n-th operation, counted from the very first. */
  stopAt(nth: number): void {
    this.#stopsAt = nth;
  }

  /**
   * A power failure: whatever still uses this file system gets errors. Of what was not synced, `choose` decides what
   * is left: writes by prefix or by sector, names one by one. Always 0 keeps nothing, always the highest everything.
   */
  crash(choose: Choose): FaultyFileSystem {
    this.#stopsAt = 0;
    return new FaultyFileSystem(this.#disk.survivor(choose));
  }

  /** The process dies, the machine does not: all is there, but what was not synced is still not safe. */
  kill(): FaultyFileSystem {
    this.#stopsAt = 0;
    return new FaultyFileSystem(this.#disk);
  }

  async createDirectory(path: string): Promise<void> {
    await turn();
    this.#disk.createDirectory(path);
  }

  async list(path: string): Promise<string[]> {
    await turn();
    if (!this.#disk.directories.has(path)) throw systemError('ENOENT', path);
    const all = [...this.#disk.names.keys(), ...this.#disk.directories];
    return all.filter((name) => name !== path && dirname(name) === path).map((name) => name.slice(path.length + 1));
  }

  async open(path: string, { create, durable = false }: OpenOptions): Promise<LogFile> {
    await turn();
    this.refuseIfStopped(path);
    if (this.#openFiles >= this.maxOpenFiles) throw systemError('EMFILE', path);
    let inode = this.#disk.names.get(path);
    if (inode === undefined) {
      if (!create || !this.#disk.directories.has(dirname(path))) throw systemError('ENOENT', path);
      this.begin('create', path);
      inode = this.#disk.link(path);
    }
    this.#openFiles += 1;
    return new FaultyFile(this, path, inode, durable, () => {
      this.#openFiles -= 1;
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await turn();
    const inode = this.#disk.names.get(from);
    if (inode === undefined) throw systemError('ENOENT', from);
    this.begin('rename', to);
    this.#disk.rename(from, to, inode);
  }

  async remove(path: string): Promise<void> {
    await turn();
    this.refuseIfStopped(path);
    if (!this.#disk.names.has(path)) return;
    this.begin('remove', path);
    this.#disk.unlink(path);
  }

  async removeDirectory(path: string): Promise<void> {
    await turn();
    this.begin('remove-directory', path);
    this.#disk.removeDirectory(path);
  }

  async syncDirectory(path: string): Promise<void> {
    await turn();
    this.refuseIfStopped(path);
    if (this.#openFiles >= this.maxOpenFiles) throw systemError('EMFILE', path);
    this.begin('sync-directory', path);
    if (this.syncFails()) {
      this.#disk.forgetUnsyncedNames(path);
      throw systemError('EIO', path);
    }
    this.#disk.syncNames(path);
  }

  /** For its files. */
  refuseIfStopped(path: string): void {
    if (this.operations.length >= this.#stopsAt) throw systemError('ESTOPPED', path);
  }

  /** For its files: writes down what is about to happen, unless the machine stops. */
  begin(kind: DiskOperation['kind'], path: string): void {
    this.refuseIfStopped(path);
    this.operations.push({ kind, path });
  }

  /** For its files. */
  syncFails(): boolean {
    this.#syncsUntilFailure -= 1;
    return this.#syncsUntilFailure === 0;
  }

  /** For its files: how many more bytes fit. */
  spaceLeft(): number {
    let used = 0;
    for (const { current } of this.#disk.names.values()) used += current.length;
    return Math.max(0, this.capacityBytes - used);
  }
}

class FaultyFile implements LogFile {
  readonly #machine: FaultyFileSystem;
  readonly #path: string;
  readonly #inode: Inode;
  readonly #durable: boolean;
  readonly #onClose: () => void;
  #writing = false;
  #closed = false;

  constructor(machine: FaultyFileSystem, path: string, inode: Inode, durable: boolean, onClose: () => void) {
    this.#machine = machine;
    this.#path = path;
    this.#inode = inode;
    this.#durable = durable;
    this.#onClose = onClose;
  }

  async size(): Promise<number> {
    await this.#turn();
    return this.#inode.current.length;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    await this.#turn();
    const source = this.#inode.current.bytes.subarray(position, position + target.length);
    target.set(source);
    return source.length;
  }

  async write(buffers: readonly Uint8Array[], position: number, roomBytes = 0): Promise<void> {
    if (this.#writing) throw new Error(`${this.#path}: two writes overlap`);
    this.#writing = true;
    try {
      await this.#turn();
      this.#machine.begin('write', this.#path);
      this.#writeWhatFits(Buffer.concat([...buffers, Buffer.alloc(roomBytes)]), position);
      if (this.#durable) await this.datasync();
    } finally {
      this.#writing = false;
    }
  }

  async truncate(size: number): Promise<void> {
    await this.#turn();
    this.#machine.begin('truncate', this.#path);
    this.#inode.truncate(size);
  }

  async datasync(): Promise<void> {
    await this.#turn();
    this.#machine.begin('sync', this.#path);
    if (!this.#machine.syncFails()) return this.#inode.sync();
    this.#inode.forgetUnsynced();
    throw systemError('EIO', this.#path);
  }

  async close(): Promise<void> {
    await turn();
    if (this.#closed) throw systemError('EBADF', this.#path);
    this.#closed = true;
    this.#onClose();
  }

  #writeWhatFits(bytes: Buffer, position: number): void {
    const growth = Math.max(0, position + bytes.length - this.#inode.current.length);
    const missing = Math.max(0, growth - this.#machine.spaceLeft());
    this.#inode.write(position, bytes.subarray(0, bytes.length - missing));
    if (missing > 0) throw systemError('ENOSPC', this.#path);
  }

  async #turn(): Promise<void> {
    await turn();
    if (this.#closed) throw systemError('EBADF', this.#path);
    this.#machine.refuseIfStopped(this.#path);
  }
}

/** A machine whose disk holds these files, safely. */
export function faultyFileSystem(files: Iterable<readonly [path: string, bytes: Uint8Array]> = []): FaultyFileSystem {
  const disk = new Disk();
  for (const [path, bytes] of files) disk.put(path, new Inode(bytes));
  return new FaultyFileSystem(disk);
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: the faulty disk, ${path}`), { code });
}
