import { dirname } from 'node:path';
import { GrowingBytes } from './growing-bytes.ts';

/** Decides what of the unsynced survives: called with the number of ways there are, returns one, counted from 0. */
export type Choose = (ways: number) => number;

const SECTOR_BYTES = 512;

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number };

type NameChange =
  | { readonly kind: 'link'; readonly path: string; readonly inode: Inode }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly inode: Inode };

/** A file's contents, as every process sees them and as far as they are synced. */
export class Inode {
  readonly current: GrowingBytes;
  readonly #synced: GrowingBytes;
  #unsynced: Change[] = [];

  constructor(bytes: Uint8Array = Buffer.alloc(0)) {
    this.current = new GrowingBytes(bytes);
    this.#synced = new GrowingBytes(bytes);
  }

  write(position: number, bytes: Buffer): void {
    this.current.write(position, bytes);
    this.#unsynced.push({ kind: 'write', position, bytes });
  }

  truncate(size: number): void {
    this.current.truncate(size);
    this.#unsynced.push({ kind: 'truncate', size });
  }

  sync(): void {
    for (const change of this.#unsynced) apply(this.#synced, change);
    this.#unsynced = [];
  }

  /** As after a failed fsync: the kernel takes the pages for clean, so that no later sync writes them either. */
  forgetUnsynced(): void {
    this.#unsynced = [];
  }

  /** What is left after a power failure. */
  survivor(choose: Choose): Inode {
    const left = new GrowingBytes(this.#synced.bytes);
    for (const change of this.#unsynced) applySome(left, change, choose);
    return new Inode(left.bytes);
  }
}

/** The files and folders of a machine, with what of them a power failure may take. */
export class Disk {
  readonly names = new Map<string, Inode>();
  readonly directories: Set<string>;
  #syncedNames = new Map<string, Inode>();
  readonly #unsyncedNames = new Map<string, NameChange[]>();

  constructor(directories: Iterable<string> = []) {
    this.directories = new Set(directories);
  }

  /** Durably. */
  put(path: string, inode: Inode): void {
    this.createDirectory(dirname(path));
    this.names.set(path, inode);
    this.#syncedNames.set(path, inode);
  }

  /** Durably, with its parents. */
  createDirectory(path: string): void {
    for (let created = path; !this.directories.has(created); created = dirname(created)) {
      this.directories.add(created);
      this.syncNames(dirname(created));
    }
  }

  link(path: string): Inode {
    const inode = new Inode();
    this.#change(dirname(path), { kind: 'link', path, inode });
    return inode;
  }

  unlink(path: string): void {
    this.#change(dirname(path), { kind: 'unlink', path });
  }

  rename(from: string, to: string, inode: Inode): void {
    this.#change(dirname(to), { kind: 'rename', from, to, inode });
  }

  /** Safe once the folder's own parent is synced. */
  removeDirectory(path: string): void {
    const parent = dirname(path);
    for (const [directory, changes] of [...this.#unsyncedNames]) {
      if (directory !== path && !directory.startsWith(`${path}/`)) continue;
      // They must not turn up in another folder of that path.
      this.#unsyncedNames.set(parent, [...(this.#unsyncedNames.get(parent) ?? []), ...changes]);
      this.#unsyncedNames.delete(directory);
    }
    for (const name of [...this.names.keys()]) {
      if (name.startsWith(`${path}/`)) this.#change(dirname(path), { kind: 'unlink', path: name });
    }
    for (const directory of [...this.directories]) {
      if (directory === path || directory.startsWith(`${path}/`)) this.directories.delete(directory);
    }
  }

  syncNames(directory: string): void {
    for (const change of this.#unsyncedNames.get(directory) ?? []) rename(this.#syncedNames, change);
    this.#unsyncedNames.delete(directory);
  }

  forgetUnsyncedNames(directory: string): void {
    this.#unsyncedNames.delete(directory);
  }

  /** What is left after a power failure. */
  survivor(choose: Choose): Disk {
    const names = new Map(this.#syncedNames);
    for (const changes of this.#unsyncedNames.values()) {
      for (const change of changes) if (choose(2) === 1) rename(names, change);
    }
    const left = new Disk(this.directories);
    for (const [path, inode] of names) left.put(path, inode.survivor(choose));
    return left;
  }

  #change(directory: string, change: NameChange): void {
    rename(this.names, change);
    this.#unsyncedNames.set(directory, [...(this.#unsyncedNames.get(directory) ?? []), change]);
  }
}

function rename(names: Map<string, Inode>, change: NameChange): void {
  if (change.kind === 'link') names.set(change.path, change.inode);
  else if (change.kind === 'unlink') names.delete(change.path);
  else {
    names.delete(change.from);
    names.set(change.to, change.inode);
  }
}

function apply(bytes: GrowingBytes, change: Change): void {
  if (change.kind === 'write') bytes.write(change.position, change.bytes);
  else bytes.truncate(change.size);
}

function applySome(left: GrowingBytes, change: Change, choose: Choose): void {
  if (change.kind === 'truncate') {
    if (choose(2) === 1) left.truncate(change.size);
    return;
  }
  const { position, bytes } = change;
  switch (choose(5)) {
    case 0:
      break;
    case 1:
      left.write(position, bytes.subarray(0, choose(bytes.length + 1)));
      break;
    case 2:
      eachSector(position, bytes, (at, sector) => {
        if (choose(2) === 1) left.write(at, sector);
      });
      break;
    case 3:
      // The file has grown, but its new blocks were never filled.
      left.growTo(position + bytes.length);
      break;
    default:
      left.write(position, bytes);
  }
}

function eachSector(position: number, bytes: Buffer, visit: (position: number, sector: Buffer) => void): void {
  for (let at = position; at < position + bytes.length; ) {
    const end = Math.min(position + bytes.length, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    visit(at, bytes.subarray(at - position, end - position));
    at = end;
  }
}
