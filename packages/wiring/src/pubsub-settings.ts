import { accessSync, constants, statSync } from 'node:fs';
import { faulty, maskedAddresses, optional, refined, type Setting, settings, valid } from '@sluice/runtime';
import { isAddress } from './address.ts';
import { numberFor } from './broker-kind.ts';

export interface PubSubConfig {
  readonly kind: 'pubsub';
  readonly projectId: string;
  /** `host:port`. Undefined for Google itself. */
  readonly emulatorHost?: string;
}

/** An emulator takes any project. */
const EMULATORS_PROJECT = 'sluice';

/**
 * `PROJECT_ID`, and `PUBSUB_EMULATOR_HOST` where it is not Google itself. `GOOGLE_APPLICATION_CREDENTIALS` is read by
 * Google's client; here it is seen to that it can be.
 */
export const pubSubConfig: Setting<PubSubConfig> = refined(
  settings({
    projectId: optional({
      name: 'PROJECT_ID',
      rule: 'be the id of a Google Cloud project',
      parse: (text) => (/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/.test(text) ? text : undefined),
    }),
    emulatorHost: optional({
      name: 'PUBSUB_EMULATOR_HOST',
      rule: 'be an address like host:port',
      parse: (text) => (isAddress(text) ? text : undefined),
      show: maskedAddresses,
    }),
    credentialsFile: optional({
      name: 'GOOGLE_APPLICATION_CREDENTIALS',
      rule: 'be the path of a file that can be read',
      parse: (path) => (isReadableFile(path) ? path : undefined),
    }),
  }),
  ({ projectId, emulatorHost }) => {
    if (emulatorHost !== undefined) {
      return valid({ kind: 'pubsub', projectId: projectId ?? EMULATORS_PROJECT, emulatorHost });
    }
    if (projectId !== undefined) return valid({ kind: 'pubsub', projectId });
    const rule = 'be the id of a Google Cloud project, or PUBSUB_EMULATOR_HOST the address of an emulator';
    return faulty({ variable: 'PROJECT_ID', rule, received: undefined });
  },
);

/**
 * `PUBSUB_MAX_OUTSTANDING_MESSAGES`: how many of a topic's messages a consumer may have in hand unacknowledged. More are
 * written at once, and as many come again after a crash.
 */
export const maxOutstandingMessages: Setting<number> = numberFor('pubsub', 'PUBSUB_MAX_OUTSTANDING_MESSAGES', {
  min: 1,
  max: 1_000_000,
  fallback: 10_000,
});

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
