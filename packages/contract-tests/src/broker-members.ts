import assert from 'node:assert/strict';
import { it } from 'node:test';
import { waitFor } from '@sluice/testing';
import { LONG, newTopic, publishAll, publishNumbers, Reader, textOf, textRecord } from './broker-support.ts';
import type { BrokerCases } from './broker-under-test.ts';

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i));

const byNumber = (a: string, b: string): number => Number(a) - Number(b);

/** Members of a group on a broker without partitions: each message is some member's, for as long as that one works on it. */
export function testMembers({ under, features }: BrokerCases): void {
  it('shares messages among members, and gives them to the others when one leaves', async () => {
    const { broker, openAnother } = under();
    await using other = await openAnother();
    const topic = await newTopic(broker, 1);
    const topics = [topic];
    let sent = 0;
    const send = async (): Promise<void> => {
      const records = Array.from({ length: 60 }, (_, key) => textRecord(topic, `key ${key}`, String(sent + key)));
      sent += records.length;
      await publishAll(broker, records);
    };
    await using first = new Reader(broker, { topics });
    const second = new Reader(other, { topics });
    const seen = (): ReadonlySet<string> => new Set([...first.records, ...second.records].map(textOf));
    // A server may give a burst to one of them; both get some before long.
    await waitFor(
      'both members to have read',
      async () => {
        await send();
        await waitFor('everything to be read', () => seen().size === sent, LONG);
        return first.records.length > 0 && second.records.length > 0;
      },
      LONG,
    );
    await second.stop();
    await send();
    await waitFor('everything to be read', () => seen().size === sent, LONG);
    assert.deepEqual([...seen()].sort(byNumber), numbers(0, sent));
  });

  it('keeps the messages of a handler that takes its time', async () => {
    const { broker, openAnother } = under();
    await using other = await openAnother();
    const topic = await newTopic(broker, 1);
    const topics = [topic];
    const release = Promise.withResolvers<void>();
    const inHand: string[] = [];
    let given: AbortSignal | undefined;
    await using slow = new Reader(broker, {
      topics,
      // A server may deliver them one by one.
      maxConcurrency: 20,
      handle: async ({ records }, signal) => {
        given = signal;
        inHand.push(...records.map(textOf));
        await release.promise;
        return { count: records.length };
      },
    });
    // Of many keys: what comes again of one key would come to the same member.
    const records = numbers(0, 20).map((number) => textRecord(topic, `key ${number}`, number));
    await publishAll(broker, records);
    await waitFor('all to be in hand', () => inHand.length === 20, LONG);
    await using quick = new Reader(other, { topics });
    const since = performance.now();
    const longMs = 1.5 * features.memberTimeoutMs;
    await waitFor('time to pass', () => performance.now() - since > longMs, { timeoutMs: 2 * longMs });
    assert.deepEqual([given?.aborted, inHand.length, quick.records.length], [false, 20, 0]);
    release.resolve();
    await slow.untilRead(20);
    assert.deepEqual(slow.records.map(textOf).sort(byNumber), numbers(0, 20));
  });

  it('finishes what is in hand when it is ended, begins nothing else, and leaves the rest to the next without delay', async () => {
    const { broker } = under();
    const topic = await newTopic(broker, 1);
    await publishNumbers(broker, topic, 10);
    const release = Promise.withResolvers<void>();
    let calls = 0;
    let aborted: boolean | undefined;
    await using reader = new Reader(broker, {
      topics: [topic],
      handle: async (_, signal) => {
        calls++;
        await release.promise;
        aborted = signal.aborted;
        return { count: 1 };
      },
    });
    await waitFor('the batch to be in hand', () => calls === 1, LONG);
    const stopped = reader.stop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(reader.ended, false);
    release.resolve();
    await stopped;
    assert.deepEqual([calls, aborted, reader.records.length], [1, false, 1]);

    const since = performance.now();
    await using next = new Reader(broker, { topics: [topic] });
    assert.deepEqual((await next.untilRead(9)).map(textOf), numbers(1, 10));
    const passedMs = performance.now() - since;
    assert.ok(passedMs < 0.75 * features.memberTimeoutMs, `${passedMs} ms, as if the last one had died`);
  });

  it('leaves everything in hand to the next without delay where the handler fails', async () => {
    const { broker } = under();
    const topic = await newTopic(broker, 1);
    await publishNumbers(broker, topic, 10);
    const mistake = new TypeError('a mistake in the handler');
    await using failing = new Reader(broker, {
      topics: [topic],
      handle: () => {
        throw mistake;
      },
    });
    await assert.rejects(failing.end(), mistake);
    const since = performance.now();
    await using next = new Reader(broker, { topics: [topic] });
    assert.deepEqual((await next.untilRead(10)).map(textOf), numbers(0, 10));
    const passedMs = performance.now() - since;
    assert.ok(passedMs < 0.75 * features.memberTimeoutMs, `${passedMs} ms, as if the last one had died`);
  });
}
