import { writeSync } from 'node:fs';
import { nodeFileSystem, systemClock } from '@sluice/durable-log';
import { openDurableStorage } from '../durable-storage.ts';
import { textMessage } from './samples.ts';

/**
 * Run as a process: publishes, acknowledges and writes resources in the folder it is told until it is killed, and says,
 * a line each, what was promised.
 */
const [directory = ''] = process.argv.slice(2);
const storage = await openDurableStorage({ directory, fileSystem: nodeFileSystem, clock: systemClock });
const say = (line: string): unknown => writeSync(1, `${line}\n`);

async function publish(id: string): Promise<never> {
  const log = await storage.openMessages(id);
  for (let turn = 0; ; turn += 1) {
    const texts = Array.from({ length: 1 + (turn % 5) }, (_, index) => `${id} ${turn} ${index}`);
    const published = await log.append(texts.map((text) => textMessage(text)));
    for (const [index, { messageId }] of published.entries()) say(`message ${messageId} ${texts[index]}`);
  }
}

async function acknowledge(id: string): Promise<never> {
  const acks = await storage.openAcks(id);
  for (let offset = acks.state()?.below ?? 0; ; offset += 3) {
    await acks.add([offset + 2, offset]);
    say(`ack ${id} ${offset}`);
    await acks.add([offset + 1]);
    say(`ack ${id} ${offset + 1}`);
  }
}

async function change(key: string): Promise<never> {
  for (let turn = Number(storage.resources.get(key)?.toString() ?? 0) + 1; ; turn += 1) {
    await storage.resources.write([{ key, value: Buffer.from(`${turn}`) }]);
    say(`resource ${key} ${turn}`);
  }
}

await Promise.all([
  publish('t-0'),
  publish('t-1'),
  acknowledge('s-0'),
  acknowledge('s-1'),
  change('k-0'),
  change('k-1'),
]);
