import { join } from 'node:path';
import { type ListeningProcess, startListeningProcess } from '@sluice/testing';

/** Runs the emulator as a process of its own and waits until it listens. */
export const startEmulatorProcess = (directory: string, port = 0): Promise<ListeningProcess> =>
  startListeningProcess(join(import.meta.dirname, '../main.ts'), {
    PUBSUB_PORT: String(port),
    PUBSUB_DATA_DIR: directory,
  });
