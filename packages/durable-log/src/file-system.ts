/**
 * The few file operations that a log needs, as a parameter, so that a test can play the disk that drops, tears and
 * reorders whatever was not yet synced, that is full, or that answers an error.
 *
 * Durability follows POSIX: bytes are safe after `datasync` resolved, a created, renamed or removed name after
 * `syncDirectory` of its folder resolved.
 */
export interface FileSystem {
  /** Creates the folder and its missing parents, durably; an existing one is fine. */
  createDirectory(path: string): Promise<void>;
  /** Names in the folder, in no particular order. */
  list(path: string): Promise<string[]>;
  /** @throws an error with `code: 'ENOENT'` where `create` is false and the file does not exist. */
  open(path: string, options: OpenOptions): Promise<LogFile>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. A missing one is fine. */
  remove(path: string): Promise<void>;
  /** Removes a folder and what is in it. A missing one is fine. */
  removeDirectory(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
}

export interface OpenOptions {
  /** Creates the file where it does not exist. */
  readonly create: boolean;
  /**
   * Every `write` of this file resolves only once its bytes are durable, as if `datasync` followed it; the log leaves
   * that call out then. One trip to the disk instead of two. Default false.
   */
  readonly durable?: boolean;
}

/** An open file. Calls on one file may overlap; the log itself never overlaps two writes. */
export interface LogFile {
  size(): Promise<number>;
  /** Fills `target` from `position`; returns the number of bytes read, fewer only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>;
  /**
   * Writes all the buffers, one after the other, at `position`, and behind them `roomBytes` zeros (default 0) where that
   * makes later writes cheaper: nobody may rely on them, neither now nor after a crash.
   */
  write(buffers: readonly Uint8Array[], position: number, roomBytes?: number): Promise<void>;
  truncate(size: number): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}
