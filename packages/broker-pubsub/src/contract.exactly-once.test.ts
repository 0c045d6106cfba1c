import { emulatorContract } from './testing/emulator-contract.ts';

emulatorContract('Pub/Sub with exactly-once delivery, on the emulator', { exactlyOnce: true });
