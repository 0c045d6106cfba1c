import { fileURLToPath } from 'node:url';
import { EmulatorProcess } from '@sluice/testing';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.resolve('@sluice/emulator-pubsub')));

/** The emulator as a process that can be killed, and started again on the same port and data. */
export const startEmulatorProcess = (): Promise<EmulatorProcess> =>
  EmulatorProcess.start({ main: MAIN, port: 'PUBSUB_PORT', directory: 'PUBSUB_DATA_DIR' });
