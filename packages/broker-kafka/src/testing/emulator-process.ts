import { fileURLToPath } from 'node:url';
import { EmulatorProcess } from '@sluice/testing';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.resolve('@sluice/emulator-kafka')));

/** The emulator as a process that can be killed, and started again on the same port and data. */
export const startEmulatorProcess = (): Promise<EmulatorProcess> =>
  EmulatorProcess.start({ main: MAIN, port: 'KAFKA_PORT', directory: 'KAFKA_DATA_DIR' });
