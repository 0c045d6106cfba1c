import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeFileSystem, systemClock } from '@sluice/durable-log';
import { startNode, temporaryDirectory, waitFor } from '@sluice/testing';
import { openDurableStorage } from './durable-storage.ts';
import { readAll } from './testing/samples.ts';

const WRITER = fileURLToPath(new URL('./testing/writer-process.ts', import.meta.url));

test('what a process was promised is there after kill -9, three times over', async () => {
  await using directory = await temporaryDirectory();
  const messages = new Map<string, string>();
  const acks = new Set<string>();
  const resources = new Map<string, string>();
  for (let life = 1; life <= 3; life += 1) {
    await using writer = startNode({ name: 'writer', args: [WRITER, directory.path] });
    await waitFor('some writes', () => writer.hasExited() || writer.output().length > 60_000);
    writer.kill('SIGKILL');
    assert.equal((await writer.exited).signal, 'SIGKILL', writer.output());
    // Neither the first nor the last line need be whole.
    for (const line of writer.output().split('\n').slice(1, -1)) {
      const [kind, key = '', value = '', ...rest] = line.split(' ');
      if (kind === 'message') messages.set(key, [value, ...rest].join(' '));
      else if (kind === 'ack') acks.add(`${key} ${value}`);
      else if (kind === 'resource') resources.set(key, value);
    }
    await using storage = await openDurableStorage({
      directory: directory.path,
      fileSystem: nodeFileSystem,
      clock: systemClock,
    });
    const found = new Map<string, string>();
    for (const id of ['t-0', 't-1']) {
      await using log = await storage.openMessages(id);
      for (const { messageId, data } of await readAll(log)) {
        assert.ok(!found.has(messageId), messageId);
        found.set(messageId, data.toString());
      }
    }
    for (const [id, text] of messages) assert.equal(found.get(id), text, `life ${life}, message ${id}`);
    const opened = { 's-0': await storage.openAcks('s-0'), 's-1': await storage.openAcks('s-1') };
    for (const ack of acks) {
      const [id, offset] = ack.split(' ');
      assert.ok(opened[id === 's-0' ? 's-0' : 's-1'].has(Number(offset)), `life ${life}, ack ${ack}`);
    }
    for (const [key, value] of resources) assert.ok(Number(storage.resources.get(key)) >= Number(value), key);
  }
  assert.ok(messages.size > 100 && acks.size > 100 && resources.size === 2);
});
