import { randomUUID } from 'node:crypto';
import { temporaryDirectory, waitFor } from '@sluice/testing';
import { freePort, listens, start, startSeconds } from './processes.ts';
import { startPsTest } from './pstest.ts';
import { MAX_MESSAGES, makeTopic, publish, pubSubClient, pull } from './pubsub-client.ts';
import { interleaved, median, type Section } from './ratio.ts';

const ENTRY = 'packages/emulator-pubsub/src/main.ts';
const ROUNDS = 5;
const PUBLISHED = 100_000;
const PULLED = 100_000;
/** It delivers a few hundred a second to this client. */
const PULLED_FROM_PSTEST = 2_000;
const MOST_PULL_MS = 20_000;

/** The emulator beside pstest, with the same client; pstest keeps everything in memory, the emulator syncs. */
export async function pubSubEmulatorSection(): Promise<Section> {
  await using data = await temporaryDirectory();
  const seconds = await startSeconds(ENTRY, ROUNDS, (PUBSUB_PORT) => ({
    PUBSUB_PORT,
    SLUICE_DATA_DIR: `${data.path}/probe`,
  }));
  const bounds = [{ name: 'Pub/Sub emulator start', measured: seconds, unit: 's', atMost: 0.4 }];
  const port = String(await freePort());
  await using _emulator = start(ENTRY, { PUBSUB_PORT: port, SLUICE_DATA_DIR: `${data.path}/emulator` });
  const ours = `127.0.0.1:${port}`;
  await waitFor('the emulator', () => listens(ours));
  await using theirs = await startPsTest();
  if (!theirs) {
    const published = median(await Promise.all([publishAnew(ours)]));
    return {
      ratios: [],
      bounds,
      notes: [
        'Go or its module of Pub/Sub is not at hand: no pstest to compare with',
        `absolute: publish ${Math.round(published)}/s, pull with ack ${Math.round(await pullAnew(ours, PULLED))}/s`,
      ],
    };
  }
  const { address } = theirs;
  await publishAnew(ours);
  await publishAnew(address);
  await pullAnew(ours, PULLED);
  const published = await interleaved(ROUNDS, {
    emulator: () => publishAnew(ours),
    pstest: () => publishAnew(address),
  });
  const pulled = await interleaved(ROUNDS, {
    emulator: () => pullAnew(ours, PULLED),
    pstest: () => pullAnew(address, PULLED_FROM_PSTEST),
  });
  const ratio = (name: string, figures: { emulator: number[]; pstest: number[] }, atLeast: number) => ({
    name: `${name}, emulator / pstest`,
    measured: median(figures.emulator),
    limit: median(figures.pstest),
    unit: 'messages/s',
    atLeast,
  });
  return {
    ratios: [ratio('publish', published, 0.8), ratio('pull with ack', pulled, 40)],
    bounds,
    notes: [
      `medians of ${ROUNDS} interleaved rounds; maxMessages ${MAX_MESSAGES} on both sides`,
      'pstest keeps everything in memory, the emulator syncs what it confirms',
    ],
  };
}

async function publishAnew(address: string): Promise<number> {
  const pubsub = pubSubClient(address);
  const name = `bench-${randomUUID()}`;
  await pubsub.createTopic(name);
  const perSecond = await publish(pubsub, name, PUBLISHED);
  await pubsub.topic(name).delete();
  await pubsub.close();
  return perSecond;
}

async function pullAnew(address: string, count: number): Promise<number> {
  const pubsub = pubSubClient(address);
  const name = `bench-${randomUUID()}`;
  await makeTopic(pubsub, name);
  await publish(pubsub, name, count);
  const perSecond = await pull(pubsub, name, count, MOST_PULL_MS);
  await pubsub.subscription(name).delete();
  await pubsub.topic(name).delete();
  await pubsub.close();
  return perSecond;
}
