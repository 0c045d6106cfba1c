import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type CommandOutcome, HEADER, type OutgoingRecord, SluiceError } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import { MarkerControlLog, type MarkerControlLogOptions } from './marker-control-log.ts';

const idOf = ({ headers }: OutgoingRecord): string =>
  String(headers.find(({ name }) => name === HEADER.id)?.value ?? '');

/** A log whose markers come back when the test says so. */
function controlLog(t: TestContext, options: Partial<MarkerControlLogOptions> = {}) {
  const sent: string[] = [];
  const waiting = new Map<string, () => void>();
  const ending = new AbortController();
  t.after(() => ending.abort());
  const state: { fault?: SluiceError; subscribed: number } = { subscribed: 0 };
  const log = new MarkerControlLog({
    admin: {
      ensureSubscriptions: async () => {
        state.subscribed++;
      },
    },
    publisher: {
      publish: async (records) => {
        sent.push(...records.map(idOf));
        return records.map(() =>
          state.fault
            ? { kind: 'failed', error: state.fault }
            : { kind: 'published', topic: 'control', partition: null, offset: null, messageId: '1' },
        );
      },
    },
    watch: {
      outcome: (id, signal) =>
        new Promise<CommandOutcome | undefined>((resolve) => {
          waiting.set(id, () => resolve({} as CommandOutcome));
          signal.addEventListener('abort', () => resolve(undefined), { once: true });
        }),
    },
    topic: 'control',
    group: 'g',
    signal: ending.signal,
    waitMs: 10,
    ...options,
  });
  const comesBack = async (id: string) => (await waitFor(`${id} to be waited for`, () => waiting.get(id)))();
  return { log, sent, state, comesBack, end: () => ending.abort() };
}

test('it is read once a marker that was sent for it has come back, and not before', async (t) => {
  const { log, sent, state, comesBack } = controlLog(t, { waitMs: 200 });
  await assert.rejects(log.requireRead(), { code: 'unavailable', message: /what control holds has to be projected/ });
  assert.equal(sent.length, 1);
  const asked = log.requireRead();
  await comesBack(sent[0] ?? '');
  await waitFor('the next marker', () => sent.length === 2);
  await comesBack(sent[1] ?? '');
  await asked;
  assert.equal(state.subscribed, 1, 'there is a subscription before the first, which is asked for once');
});

test('those who ask while a marker is under way share the next one, since that one lies behind what they ask for', async (t) => {
  const { log, sent, comesBack } = controlLog(t, { waitMs: 10_000 });
  const first = log.requireRead();
  await waitFor('the first marker', () => sent.length === 1);
  const others = Array.from({ length: 50 }, () => log.requireRead());
  let settled = 0;
  for (const one of others) void one.then(() => settled++);
  await comesBack(sent[0] ?? '');
  await first;
  await waitFor('the second marker', () => sent.length === 2);
  assert.equal(settled, 0);
  await comesBack(sent[1] ?? '');
  await Promise.all(others);
  assert.equal(new Set(sent).size, 2);
  assert.equal(sent.length, 2);
});

test('however often it is asked during an outage, no markers pile up', async (t) => {
  const { log, sent } = controlLog(t);
  for (let count = 0; count < 20; count++) await assert.rejects(log.requireRead(), { code: 'unavailable' });
  assert.equal(sent.length, 1);
});

test('a marker that may not have been sent, and one that does not come back, are sent again with the same id', async (t) => {
  const { log, sent, state, comesBack } = controlLog(t, { waitMs: 10_000, resendAfterMs: 5 });
  state.fault = new SluiceError('unavailable', 'Pub/Sub cannot be reached');
  const asked = log.requireRead();
  await waitFor('a second try', () => sent.length >= 2);
  delete state.fault;
  const tries = sent.length;
  await waitFor('a third and a fourth', () => sent.length >= tries + 2);
  assert.equal(new Set(sent).size, 1);
  await comesBack(sent[0] ?? '');
  await asked;
});

test('whoever waits hears what stands in the way', async (t) => {
  const { log, state } = controlLog(t, { waitMs: 30 });
  state.fault = new SluiceError('unavailable', 'Pub/Sub cannot be reached');
  await assert.rejects(log.requireRead(), { code: 'unavailable', message: /not yet: Pub\/Sub cannot be reached$/ });
});

test('what no waiting mends is told at once', async (t) => {
  const { log, state } = controlLog(t, { waitMs: 10_000 });
  state.fault = new SluiceError('unauthorized', 'may not publish');
  await assert.rejects(log.requireRead(), { code: 'unauthorized' });
});

test('when the consumer ends, whoever waits is told, and nothing more is sent', async (t) => {
  const { log, sent, end } = controlLog(t, { waitMs: 10_000, resendAfterMs: 1 });
  const asked = log.requireRead();
  await waitFor('the marker', () => sent.length > 0);
  end();
  await assert.rejects(asked);
  const count = sent.length;
  await new Promise(setImmediate);
  assert.equal(sent.length, count);
});
