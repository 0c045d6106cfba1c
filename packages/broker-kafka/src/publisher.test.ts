import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NewRecord } from '@sluice/core';
import { waitFor } from '@sluice/testing';
import type { Exchange, KafkaNode } from './client/kafkajs.ts';
import type { Link } from './produce/link.ts';
import { ProducerIdentity } from './produce/producer-identity.ts';
import { Sender } from './produce/sender.ts';
import { KafkaPublisher } from './publisher.ts';

const OPTIONS = {
  brokers: [],
  clientId: 'test',
  connectTimeoutMs: 1_000,
  requestTimeoutMs: 1_000,
  log: () => undefined,
  publishTimeoutMs: 5_000,
  maxQueuedRecords: 10,
  maxQueuedBytes: 10_000,
  maxRecordBytes: 1_000,
};

const record = (key: string): NewRecord => ({ topic: 't', key, value: Buffer.of(), headers: [] });

it('has the next request on its way before it answers for the last', async () => {
  const steps: string[] = [];
  const answers: (() => void)[] = [];
  const send = async (exchange: Exchange<unknown>): Promise<unknown> => {
    await exchange.request.encode();
    steps.push('request');
    await new Promise<void>((resolve) => answers.push(resolve));
    return [{ topic: 't', partition: 0, errorCode: 0, baseOffset: 0 }];
  };
  const link: Link = {
    locate: async () => new Map([['t', { kind: 'found', partitions: [{ partitionId: 0, leader: 1 }] }]]),
    node: async (nodeId) => ({ nodeId, versions: null, connectionPool: { send } }) as unknown as KafkaNode,
    newIdentity: async () => new ProducerIdentity(1n, 0),
    close: () => undefined,
  };
  await using publisher = new KafkaPublisher(OPTIONS, new Sender(OPTIONS, () => link));
  const publish = async (key: string): Promise<void> => {
    const [result] = await publisher.publish([record(key)]);
    steps.push(`${key} ${result?.kind}`);
  };
  const first = publish('first');
  const answerFirst = await waitFor('the first request', () => answers[0]);
  const second = publish('second');
  answerFirst();
  const answerSecond = await waitFor('the second request', () => answers[1]);
  answerSecond();
  await Promise.all([first, second]);
  assert.deepEqual(steps, ['request', 'request', 'first published', 'second published']);
});
