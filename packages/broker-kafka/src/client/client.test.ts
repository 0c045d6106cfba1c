import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startKafkaEmulator } from '@sluice/emulator-kafka';
import { type KafkaLogEntry, newClient, newCluster } from './client.ts';

describe('newCluster', () => {
  it('repairs the timer that kafkajs never lets rest', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', onWarning);
    await using emulator = await startKafkaEmulator();
    const client = newClient(optionsFor(emulator.address, () => undefined));
    const cluster = newCluster(client);
    await cluster.connect();
    const [queue] = (await cluster.brokerPool.findConnectedBroker()).connectionPool.pool.map(
      (each) => each.requestQueue,
    );
    let looks = 0;
    const look = queue?.scheduleCheckPendingRequests;
    if (queue && look) {
      queue.scheduleCheckPendingRequests = () => {
        looks++;
        look.call(queue);
      };
    }
    await (await cluster.brokerPool.findConnectedBroker()).apiVersions();
    // Unrepaired, it looks a thousand times a second from the first answer on.
    await delay(100);
    client.sockets.close();
    process.off('warning', onWarning);
    assert.ok(looks > 0 && looks < 10, `${looks} looks`);
    assert.deepEqual(warnings, []);
  });

  it('tells its log alone what goes wrong', async () => {
    const entries: KafkaLogEntry[] = [];
    const client = newClient(optionsFor('127.0.0.1:1', (entry) => entries.push(entry)));
    const cluster = newCluster(client);
    await assert.rejects(cluster.connect());
    assert.ok(entries.length > 0);
    assert.deepEqual([...new Set(entries.map(({ level }) => level))], ['debug']);
    assert.match(entries[0]?.message ?? '', /^kafkajs: /);
  });
});

function optionsFor(address: string, log: (entry: KafkaLogEntry) => void) {
  return { brokers: [address], clientId: 'test', connectTimeoutMs: 1_000, requestTimeoutMs: 1_000, log };
}
