import { type FileSystem, type LogFile, nodeFileSystem } from '@sluice/durable-log';

/** The real disk, until it is told to fail or to wait. */
export class FailingFileSystem implements FileSystem {
  /** What every write of a file answers, such as `ENOSPC`; undefined lets it through. */
  writeError: string | undefined;
  /** Writes begin only once this has resolved. */
  gate: Promise<void> = Promise.resolve();

  createDirectory = nodeFileSystem.createDirectory;
  list = nodeFileSystem.list;
  rename = nodeFileSystem.rename;
  remove = nodeFileSystem.remove;
  removeDirectory = nodeFileSystem.removeDirectory;
  syncDirectory = nodeFileSystem.syncDirectory;

  async open(...[path, options]: Parameters<FileSystem['open']>): Promise<LogFile> {
    const file = await nodeFileSystem.open(path, options);
    return {
      size: () => file.size(),
      read: (target, position) => file.read(target, position),
      truncate: (size) => file.truncate(size),
      datasync: () => file.datasync(),
      close: () => file.close(),
      write: async (buffers, position) => {
        await this.gate;
        if (this.writeError !== undefined) {
          throw Object.assign(new Error(`${this.writeError}: told to fail`), { code: this.writeError });
        }
        await file.write(buffers, position);
      },
    };
  }
}
