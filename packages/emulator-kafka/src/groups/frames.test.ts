import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { APIS } from '../apis/registry.ts';
import { FrameAssembler } from '../protocol/frames.ts';
import { startKafkaEmulator } from '../server.ts';
import { RawClient } from '../testing/raw-client.ts';
import { createTopic } from '../testing/requests.ts';

/** Whole frames, in base64. Ids that the broker made up are `00000000-0000-0000-0000-` and their number. */
interface Exchange {
  readonly api: string;
  readonly version: number;
  readonly request: string;
  readonly response: string;
}

/** A conversation with Apache Kafka 4.1 about groups, in every version of every API. */
async function recorded(): Promise<Exchange[]> {
  return JSON.parse(await readFile(new URL('testing/kafka-4.1-frames.json', import.meta.url), 'utf8'));
}

const GROUP_APIS = [8, 9, 10, 11, 12, 13, 14, 15, 16, 42, 47];
const RECORDED_PORT = 38495;
const MADE_UP_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

test('every version of the group APIs is in the recorded conversation', async () => {
  const said = new Set((await recorded()).map(({ api, version }) => `${api} ${version}`));
  const served = APIS.filter(({ key }) => GROUP_APIS.includes(key)).flatMap(({ name, versions: [first, last] }) =>
    Array.from({ length: last - first + 1 }, (_, index) => `${name} ${first + index}`),
  );
  assert.deepEqual(said, new Set(served));
});

test('the same requests are answered byte for byte as by Apache Kafka 4.1', async () => {
  await using emulator = await startKafkaEmulator({ advertisedPort: RECORDED_PORT });
  await using client = await RawClient.connect(emulator.port);
  await createTopic(client, 'orders', 2);
  await createTopic(client, 'returns', 1);
  const socket = connect({ port: emulator.port, host: emulator.host });
  const frames = new FrameAssembler(2 ** 20);
  socket.on('data', (chunk: Buffer) => frames.push(chunk));
  /** What is made up here, by what was made up there. */
  const ids = new Map<string, string>();
  for (const { api, version, request, response } of await recorded()) {
    const sent = Buffer.from(request, 'base64').toString('latin1');
    const answered = frameAfter(
      socket,
      frames,
      sent.replace(MADE_UP_ID, (id) => ids.get(id) ?? id),
    );
    const expected = Buffer.from(response, 'base64').subarray(4).toString('latin1');
    const actual = (await answered).toString('latin1');
    const made = actual.match(MADE_UP_ID) ?? [];
    for (const [index, id] of (expected.match(MADE_UP_ID) ?? []).entries()) {
      if (!ids.has(id)) ids.set(id, made[index] ?? '');
    }
    assert.equal(
      actual,
      expected.replace(MADE_UP_ID, (id) => ids.get(id) ?? id),
      `${api} ${version}`,
    );
  }
  socket.destroy();
});

async function frameAfter(socket: Socket, frames: FrameAssembler, request: string): Promise<Buffer> {
  socket.write(request, 'latin1');
  for (;;) {
    const frame = frames.next();
    if (frame !== undefined) return frame;
    await once(socket, 'data');
  }
}
