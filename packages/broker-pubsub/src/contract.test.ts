import { emulatorContract } from './testing/emulator-contract.ts';

emulatorContract('Pub/Sub, on the emulator', { exactlyOnce: false });
