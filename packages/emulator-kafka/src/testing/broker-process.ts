import { join } from 'node:path';
import { type ListeningProcess, startListeningProcess } from '@sluice/testing';

/** Runs the emulator as a process of its own and waits until it listens. */
export const startBrokerProcess = (directory: string, port = 0): Promise<ListeningProcess> =>
  startListeningProcess(join(import.meta.dirname, '../main.ts'), {
    KAFKA_PORT: String(port),
    KAFKA_DATA_DIR: directory,
  });
