import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PublishResult, SluiceError } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import type { Exchange, KafkaNode } from '../client/kafkajs.ts';
import type { Located } from '../client/metadata.ts';
import type { Link } from './link.ts';
import { PendingRecord } from './pending-record.ts';
import type { PartitionAnswer } from './produce-api.ts';
import { ProducerIdentity } from './producer-identity.ts';
import { Sender } from './sender.ts';

interface Asked {
  readonly node: string;
  readonly request: Buffer;
  readonly answer: (answers: readonly PartitionAnswer[]) => void;
  readonly fail: (error: Error) => void;
}

/** A cluster of two brokers, 1 and 2, that answer when they are told to. */
class FakeLink implements Link {
  readonly asked: Asked[] = [];
  /** Who leads each partition of the one topic. */
  leaders = [1, 1];

  async locate(topics: readonly string[]): Promise<ReadonlyMap<string, Located>> {
    const partitions = this.leaders.map((leader, partitionId) => ({ partitionId, leader }));
    return new Map(topics.map((topic) => [topic, { kind: 'found', partitions }]));
  }

  async node(nodeId: string): Promise<KafkaNode> {
    const send = async (exchange: Exchange<unknown>): Promise<unknown> => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly PartitionAnswer[]>();
      const { buffer } = await exchange.request.encode();
      this.asked.push({ node: nodeId, request: buffer, answer: resolve, fail: reject });
      return await promise;
    };
    return { nodeId, versions: null, connectionPool: { send } } as unknown as KafkaNode;
  }

  async newIdentity(): Promise<ProducerIdentity> {
    return new ProducerIdentity(1n, 0);
  }

  close(): void {}
}

const NOT_LEADER = 6;
const OPTIONS = { brokers: [], clientId: 'test', connectTimeoutMs: 1, requestTimeoutMs: 1, log: () => undefined };

function pending(value: string, partition: number, settle: (result: PublishResult) => void): PendingRecord {
  return new PendingRecord({ topic: 't', keyHash: partition, body: Buffer.from(`<${value}>`), timestampMs: 0 }, settle);
}

function send(sender: Sender, value: string, partition: number): Promise<PublishResult> {
  return new Promise((resolve) => sender.send(pending(value, partition, resolve)));
}

const valuesIn = ({ request }: Asked): string[] =>
  [...request.toString('latin1').matchAll(/<(\w+)>/g)].map(([, v]) => v ?? '');

const stored = (partition: number, baseOffset: number): PartitionAnswer => ({
  topic: 't',
  partition,
  errorCode: 0,
  baseOffset,
});

async function next(link: FakeLink, count: number): Promise<Asked> {
  return await waitFor(`request ${count}`, () => link.asked[count - 1]);
}

describe('Sender', () => {
  it('sends one request at a time, with all that came in the meantime', async () => {
    const link = new FakeLink();
    const sender = new Sender(OPTIONS, () => link);
    const results = [send(sender, 'a', 0), send(sender, 'b', 1), send(sender, 'c', 0)];
    const first = await next(link, 1);
    assert.deepEqual(valuesIn(first).sort(), ['a', 'b', 'c']);
    results.push(send(sender, 'd', 0), send(sender, 'e', 0));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(link.asked.length, 1);
    first.answer([stored(0, 0), stored(1, 0)]);
    const second = await next(link, 2);
    assert.deepEqual(valuesIn(second), ['d', 'e']);
    second.answer([stored(0, 2)]);
    const offsets = (await Promise.all(results)).map((result) => result.kind === 'published' && result.offset);
    assert.deepEqual(offsets, [0, 0, 1, 2, 3]);
    sender.close();
  });

  it('does not overtake a batch that is still on its way to the partition’s old leader', async () => {
    const link = new FakeLink();
    link.leaders = [1, 2];
    const sender = new Sender(OPTIONS, () => link);
    const first = send(sender, 'first', 0);
    const toOld = await next(link, 1);
    // What the other partition meets makes the sender look at the cluster again: both are led by broker 2 now.
    link.leaders = [2, 2];
    const other = send(sender, 'other', 1);
    (await next(link, 2)).answer([{ ...stored(1, 0), errorCode: NOT_LEADER }]);
    const later = send(sender, 'later', 0);
    const again = await next(link, 3);
    assert.deepEqual([again.node, valuesIn(again)], ['2', ['other']]);
    again.answer([stored(1, 0)]);
    await other;
    toOld.answer([stored(0, 0)]);
    const last = await next(link, 4);
    assert.deepEqual([last.node, valuesIn(last)], ['2', ['later']]);
    last.answer([stored(0, 1)]);
    const offsets = (await Promise.all([first, later])).map((result) => result.kind === 'published' && result.offset);
    assert.deepEqual(offsets, [0, 1]);
    sender.close();
  });

  it('does not send what nobody waits for any more, unless it may be stored already', async () => {
    const link = new FakeLink();
    const sender = new Sender(OPTIONS, () => link);
    const sent = pending('sent', 0, () => undefined);
    sender.send(sent);
    const first = await next(link, 1);
    const waiting = pending('waiting', 0, () => undefined);
    sender.send(waiting);
    for (const record of [sent, waiting]) {
      record.failed(new SluiceError('unavailable', 'too late'));
      sender.drop(record);
    }
    const later = send(sender, 'later', 0);
    first.fail(new Error('the connection broke'));
    const again = await next(link, 2);
    assert.deepEqual(valuesIn(again), ['sent']);
    again.answer([stored(0, 0)]);
    const last = await next(link, 3);
    assert.deepEqual(valuesIn(last), ['later']);
    last.answer([stored(0, 1)]);
    await later;
    sender.close();
  });

  it('serves one broker while another does not answer', async () => {
    const link = new FakeLink();
    link.leaders = [1, 2];
    const sender = new Sender(OPTIONS, () => link);
    const stuck = send(sender, 'stuck', 0);
    const served = send(sender, 'served', 1);
    await next(link, 2);
    const toTwo = link.asked.find(({ node }) => node === '2');
    toTwo?.answer([stored(1, 0)]);
    assert.equal((await served).kind, 'published');
    const more = send(sender, 'more', 1);
    (await next(link, 3)).answer([stored(1, 1)]);
    assert.equal((await more).kind, 'published');
    link.asked.find(({ node }) => node === '1')?.answer([stored(0, 0)]);
    assert.equal((await stuck).kind, 'published');
    sender.close();
  });
});
