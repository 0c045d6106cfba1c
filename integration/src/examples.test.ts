import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Child, startNode, temporaryDirectory, waitFor } from '@sluice/testing';
import { subscriptionsAt } from './pipeline/pubsub-log.ts';
import { StartedSluice } from './pipeline/started-sluice.ts';

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');
const COUNT = 20;

const lines = ({ output }: Child, pattern: RegExp): string[] =>
  output()
    .split('\n')
    .flatMap((line) => pattern.exec(line)?.[1] ?? []);

for (const [BROKER, variable] of [
  ['kafka', 'KAFKA_BROKER'],
  ['pubsub', 'PUBSUB_EMULATOR_HOST'],
] as const) {
  test(`sluice listen shows what sluice produce sends, and nothing of what another sends beside it, with BROKER=${BROKER}`, async () => {
    await using folder = await temporaryDirectory();
    await using sluice = await StartedSluice.ready(join(folder.path, 'data'), { BROKER });
    const env = { BROKER, [variable]: sluice.address(BROKER) };
    const sluiceWith = (...args: readonly string[]): Child =>
      startNode({ name: args.join(' '), args: [MAIN, ...args], env });
    const options = ['--url', sluice.address('gateway'), '--count', String(COUNT), '--interval', '20'];

    await using listening = sluiceWith('listen', 'Fruits');
    await using fruits = sluiceWith('produce', 'fruits', ...options);
    await using colors = sluiceWith('produce', 'colors', ...options);
    assert.deepEqual([await fruits.exited, await colors.exited], Array(2).fill({ code: 0, signal: null }));

    const sent = lines(fruits, /^sending event: \{'fruit': '(\w+)'\}$/);
    assert.equal(sent.length, COUNT);
    const shown = await waitFor('all that was sent', () => {
      const found = lines(listening, /^\{"fruit":"(\w+)"\}$/);
      return found.length >= COUNT && found;
    });
    // The events are keyed by their ids, so that they keep no order among each other.
    assert.deepEqual(shown.toSorted(), sent.toSorted());
    assert.doesNotMatch(listening.output(), /color/);
    assert.equal(lines(colors, /^sending event: (\{'color')/).length, COUNT);

    listening.kill('SIGINT');
    assert.deepEqual(await listening.exited, { code: 0, signal: null });
    if (BROKER === 'kafka') return;
    const left = await subscriptionsAt(sluice.address(BROKER));
    assert.ok(left.includes('timestamp-consumer-service.SpongeBob.Fruits'), left.join());
    assert.deepEqual(
      left.filter((name) => name.startsWith('sluice-listen')),
      [],
      'a month of messages would be kept',
    );
  });
}
