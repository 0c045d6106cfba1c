import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Refusal } from './refusal.ts';
import { findUnwritable } from './writable.ts';

/** Where everything is kept that outlives a start, held by this process alone. */
export interface DataDirectory extends Disposable {
  readonly path: string;
  readonly kafka: string;
  readonly pubsub: string;
  readonly postgres: string;
  readonly logs: string;
  /** Of Node's: code made ready to run, which halves what a start costs. */
  readonly compileCache: string;
  /** Which processes the current start has started. */
  readonly processesFile: string;
}

/**
 * Makes the folder where it is missing, and takes it for this process.
 * @throws Refusal where another start has it, or it cannot be written to
 */
export function openDataDirectory(path: string): DataDirectory {
  const inside = (name: string): string => join(resolve(path), name);
  const directory = {
    path: resolve(path),
    kafka: inside('kafka'),
    pubsub: inside('pubsub'),
    postgres: inside('postgres'),
    logs: inside('logs'),
    compileCache: inside('compile-cache'),
    processesFile: inside('processes.json'),
  };
  // What a start by root has made; PostgreSQL's files are its own account's, which it tells by itself.
  const foreign = findUnwritable([inside('lock'), inside('holder'), directory.kafka, directory.pubsub, directory.logs]);
  if (foreign !== undefined) {
    throw new Refusal(
      `this user may not write ${foreign}, which another user's start has made, such as one by root. ` +
        `Make the data directory this user's (sudo chown -R "$(id -un)" ${JSON.stringify(directory.path)}), ` +
        'or set SLUICE_DATA_DIR to another folder',
    );
  }
  try {
    mkdirSync(directory.logs, { recursive: true });
    const lock = lockFile(inside('lock'), inside('holder'));
    writeFileSync(inside('holder'), `${process.pid}\n`);
    return { ...directory, [Symbol.dispose]: () => lock.close() };
  } catch (error) {
    const why = error instanceof Error && ('syscall' in error || 'errcode' in error) && error.message;
    if (!why) throw error;
    throw new Refusal(
      `the data directory ${directory.path} cannot be written to (${why}); ` +
        'set SLUICE_DATA_DIR to a folder that can',
    );
  }
}

/**
 * The lock is one of the operating system's, which it takes back however the process ends; a file with a process id would
 * outlive a `kill -9`. SQLite is how Node reaches such locks.
 */
function lockFile(path: string, holderPath: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = memory; begin exclusive');
    return database;
  } catch (error) {
    database.close();
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)) throw error;
    throw new Refusal(
      `the data directory ${join(path, '..')} is in use by another \`sluice start\`${holderText(holderPath)}. ` +
        'Stop that one first, or set SLUICE_DATA_DIR to another folder',
    );
  }
}

const SQLITE_BUSY = 5;

function holderText(holderPath: string): string {
  try {
    return ` (process ${readFileSync(holderPath, 'utf8').trim()})`;
  } catch {
    return '';
  }
}
