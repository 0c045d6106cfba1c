import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  type BrokerRecord,
  type DeadLetterReason,
  HEADER,
  headerTexts,
  isUuid,
  type OutgoingRecord,
  parseInstant,
  placeText,
  SluiceError,
  type Store,
  type StoreItem,
} from '@sluice/core';
import { registrationCommand } from '@sluice/streams';
import { waitFor } from '@sluice/testing';
import type { RegistryStore } from '../streams/registry.ts';
import { type PipelineIngest, type TestPipeline, testPipeline } from '../testing/pipeline.ts';

const TOPIC = 'SpongeBob.Fruits';
const STRINGS = { type: 'object', required: ['fruit'], properties: { fruit: { type: 'string' } } };
const ANYTHING = { type: 'object', required: ['fruit'] };
const DEAD_LETTERS = '/api/v1/dead-letters';

/** A pipeline with the stream SpongeBob.Fruits, whose schema wants texts. */
async function fruits() {
  const pipeline = await testPipeline();
  await register(pipeline, 1, STRINGS);
  pipeline.project('SpongeBob', 'Fruits');
  return pipeline;
}

async function register({ append, store }: TestPipeline, version: number, schema: object): Promise<void> {
  await append(
    registrationCommand({
      topic: 'sluice.control.v1',
      commandId: randomUUID(),
      acceptedAtMs: Date.now(),
      correlationId: randomUUID(),
      client: 'SpongeBob',
      event: 'Fruits',
      schema: schema as never,
      compatibility: 'none',
      base: version - 1,
    }),
  );
  await waitFor(`version ${version}`, () => store.tables.schemaVersions.length === version);
}

const foreign = (value: string, record: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic: TOPIC,
  key: Buffer.from([0xff, 0x01]),
  value: Buffer.from(value),
  headers: [],
  ...record,
});

/** Appends records that their schema refuses; resolves with their ids when all are dead letters, in their order. */
async function refused({ append, store }: TestPipeline, ...records: readonly OutgoingRecord[]): Promise<string[]> {
  const before = new Set(store.tables.deadLetters.keys());
  await append(...records);
  const added = () => [...store.tables.deadLetters.values()].filter(({ commandId }) => !before.has(commandId));
  await waitFor('the dead letters', () => added().length === records.length);
  return records.map(
    ({ value }) => added().find(({ record }) => value && record.value?.equals(value))?.commandId ?? assert.fail(),
  );
}

const outcomeOf = async ({ store }: TestPipeline, id: string) => (await store.reader.outcomes([id]))[0];

const projected = (pipeline: TestPipeline, id: string) =>
  waitFor(`${id} to be projected`, async () => (await outcomeOf(pipeline, id))?.status === 'projected');

const stateOf = async ({ store }: TestPipeline, id: string) => (await store.reader.deadLetterById(id))?.state;

const redrive = (ingest: PipelineIngest, id: string) => ingest.post(`${DEAD_LETTERS}/${id}/redrive`, '', {});
const discard = async (ingest: PipelineIngest, id: string) => {
  const response = await fetch(`${ingest.url}${DEAD_LETTERS}/${id}`, { method: 'DELETE' });
  return { status: response.status, body: JSON.parse(await response.text()) };
};

const redrivenIn = (pipeline: TestPipeline, topic = TOPIC): BrokerRecord[] =>
  pipeline.records(topic).filter((record) => headerTexts(record, [HEADER.redriveOf])[0] !== undefined);

/** A dead letter that is only in the store. */
async function keep(store: Store, id: string, reason: DeadLetterReason = 'schema-violation', offset = 1_000) {
  const createdAt = parseInstant('2026-01-01T00:00:00Z');
  assert.ok(createdAt.kind === 'instant');
  const deadLetter = {
    commandId: id,
    stream: TOPIC,
    client: 'SpongeBob',
    reason,
    detail: 'd',
    createdAt: createdAt.instant,
    record: {
      topic: TOPIC,
      position: { kind: 'offset', partition: 0, offset },
      timestampMs: 0,
      key: null,
      value: Buffer.from('{"fruit":1}'),
      headers: [],
    },
  } as const;
  await store.writer.apply({ group: 'g', items: [{ kind: 'dead-letter', deadLetter }], advance: null });
}

describe('POST /api/v1/dead-letters/{id}/redrive', { timeout: 30_000 }, () => {
  test('projects once what a new schema takes, with the id and the time that it had', async () => {
    await using pipeline = await fruits();
    const ingest = await pipeline.ingest();
    const headers = [
      { name: 'custom', value: Buffer.from([0xfe]) },
      { name: 'null', value: null },
      { name: HEADER.id, value: 'an id that is none' },
      { name: HEADER.time, value: '2020-02-02T02:02:02.1234567Z' },
    ];
    const [id = ''] = await refused(pipeline, foreign('{"fruit":1}', { headers }));
    const before = await pipeline.store.reader.deadLetterById(id);
    await register(pipeline, 2, ANYTHING);

    const { status, body, headers: answered } = await redrive(ingest, id.toUpperCase());
    assert.equal(status, 202);
    assert.deepEqual({ ...body, control: body.control.length }, { redriven: 1, control: 1, skipped: [], next: null });
    assert.equal((await outcomeOf(pipeline, body.control[0]))?.stream, 'sluice.control.v1');
    assert.equal(answered.get('location'), `/api/v1/commands/${id}`);

    await projected(pipeline, id);
    const rows = [...pipeline.store.tables.events.values()];
    assert.deepEqual(
      rows.map(({ id, schemaVersion, createdAt, data }) => [id, schemaVersion, createdAt, data]),
      [[id, 2, '2020-02-02T02:02:02.123456Z', '{"fruit":1}']],
    );
    assert.equal(pipeline.store.tables.deadLetters.size, 0);

    const [record, ...others] = redrivenIn(pipeline);
    assert.ok(record && before && others.length === 0);
    assert.deepEqual([record.key, record.value], [before.record.key, before.record.value]);
    assert.deepEqual(
      record.headers.map(({ name, value }) => [name, value?.toString('latin1') ?? null]),
      [
        ['custom', '\xfe'],
        ['null', null],
        [HEADER.id, id],
        [HEADER.source, 'SpongeBob'],
        [HEADER.time, '2020-02-02T02:02:02.123456Z'],
        [HEADER.redriveOf, placeText(TOPIC, before.record.position)],
        [HEADER.dataSchema, `urn:sluice:schema:${TOPIC}:2`],
      ],
    );
  });

  test('one that is refused again is a dead letter at its new place, and can be re-driven from there', async () => {
    await using pipeline = await fruits();
    const ingest = await pipeline.ingest();
    const [id = ''] = await refused(pipeline, foreign('{"fruit":1}'));
    const first = (await pipeline.store.reader.deadLetterById(id)) ?? assert.fail();
    const before = placeText(TOPIC, first.record.position);
    assert.equal((await redrive(ingest, id)).status, 202);
    const isAnew = async () => {
      const now = await pipeline.store.reader.deadLetterById(id);
      return now?.state === 'kept' && placeText(TOPIC, now.record.position) !== before;
    };
    await waitFor('the new dead letter', isAnew);
    await register(pipeline, 2, ANYTHING);
    assert.equal((await redrive(ingest, id)).status, 202);
    await projected(pipeline, id);
    const last = redrivenIn(pipeline).at(-1);
    assert.equal(last?.headers.filter(({ name }) => name === HEADER.redriveOf).length, 1);
    assert.equal(pipeline.store.tables.events.size, 1);
  });

  test('goes on where an ingest died between the control command and the record', async () => {
    await using pipeline = await fruits();
    const dying = await pipeline.ingest({
      answer: ({ topic }) =>
        topic === TOPIC ? { kind: 'failed', error: new SluiceError('unavailable', 'gone') } : undefined,
    });
    const [id = ''] = await refused(pipeline, foreign('{"fruit":1}'));
    await register(pipeline, 2, ANYTHING);
    const { status, headers } = await redrive(dying, id);
    assert.deepEqual([status, headers.get('retry-after')], [503, '1']);
    assert.equal(await stateOf(pipeline, id), 'redriven');
    assert.deepEqual(
      (await pipeline.store.reader.deadLetters({}, { after: null, limit: 9 })).map((one) => one.state),
      ['redriven'],
    );
    assert.equal((await discard(dying, id)).status, 409);

    const ingest = await pipeline.ingest();
    for (const expected of [[202, []], [409]] as const) {
      const again = await redrive(ingest, id);
      assert.equal(again.status, again.status === 404 ? 404 : expected[0]);
      if (again.status === 202) assert.deepEqual(again.body.control, expected[1]);
      await projected(pipeline, id);
      if ((await redrive(ingest, id)).status === 404) break;
    }
    assert.equal(pipeline.store.tables.events.size, 1);
  });

  test('however many ask at once, at two ingests: one effect', async () => {
    await using pipeline = await fruits();
    const ingests = [await pipeline.ingest(), await pipeline.ingest()];
    const [id = ''] = await refused(pipeline, foreign('{"fruit":1}'));
    await register(pipeline, 2, ANYTHING);
    const answers = await Promise.all(ingests.flatMap((ingest) => [1, 2, 3].map(() => redrive(ingest, id))));
    for (const { status } of answers) assert.ok([202, 404, 409].includes(status), `status ${status}`);
    assert.ok(answers.some(({ status }) => status === 202));
    await projected(pipeline, id);
    // What came last in the log is behind all of the others.
    await pipeline.append(foreign('{"fruit":"last"}'));
    await waitFor('the last', () => [...pipeline.store.tables.events.values()].some(({ data }) => /last/.test(data)));
    assert.deepEqual([pipeline.store.tables.events.size, pipeline.store.tables.deadLetters.size], [2, 0]);
  });

  test('goes into the log also where a replay projected it just before the mark, which a rebuild obeys', async () => {
    await using pipeline = await fruits();
    const { store } = pipeline;
    const [id = ''] = await refused(pipeline, foreign('{"fruit":1}'));
    const { record, createdAt } = (await store.reader.deadLetterById(id)) ?? assert.fail();
    const row = { id, createdAt, client: 'SpongeBob', event: 'Fruits', schemaVersion: 1, data: '{"fruit":1}' };
    const replayed: StoreItem = {
      kind: 'effects',
      stream: TOPIC,
      identity: { commandId: id, client: 'SpongeBob', time: createdAt },
      record,
      effects: [{ kind: 'row', table: 'events', row }],
    };
    const ingest = await pipeline.ingest({
      answer({ topic }) {
        if (topic !== TOPIC) store.writer.apply({ group: 'replay', items: [replayed], advance: null });
        return undefined;
      },
    });
    await register(pipeline, 2, ANYTHING);
    assert.equal((await redrive(ingest, id)).status, 202);
    assert.equal(store.tables.marks.get(placeText(TOPIC, record.position))?.decision, 'redrive');
    assert.equal(redrivenIn(pipeline).length, 1);
    await pipeline.append(foreign('{"fruit":"last"}'));
    await waitFor('the last', () => [...store.tables.events.values()].some(({ data }) => /last/.test(data)));
    assert.deepEqual([store.tables.events.size, store.tables.deadLetters.size], [2, 0]);
  });

  test('a record without a key gets its command id as one; a built-in stream’s keeps its schema', async () => {
    await using pipeline = await testPipeline();
    const ingest = await pipeline.ingest();
    const id = randomUUID();
    await keep(pipeline.store, id);
    const { deadLetters } = pipeline.store.tables;
    const one = deadLetters.get(id) ?? assert.fail();
    deadLetters.set(id, {
      ...one,
      stream: 'timestamp.command.v1',
      record: { ...one.record, topic: 'timestamp.command.v1' },
    });
    assert.equal((await redrive(ingest, id)).status, 202);
    const [record] = redrivenIn(pipeline, 'timestamp.command.v1');
    assert.equal(record?.key?.toString(), id);
    assert.deepEqual(headerTexts(record ?? assert.fail(), [HEADER.dataSchema]), [undefined]);
  });

  test('what the store alone could not take keeps the version that it was accepted under', async () => {
    await using pipeline = await fruits();
    const { deadLetters } = pipeline.store.tables;
    const id = randomUUID();
    await keep(pipeline.store, id, 'unstorable');
    const one = deadLetters.get(id) ?? assert.fail();
    const value = Buffer.from('{"fruit":"apple"}');
    const headers = [{ name: HEADER.dataSchema, value: Buffer.from(`urn:sluice:schema:${TOPIC}:1`) }];
    deadLetters.set(id, { ...one, record: { ...one.record, value, headers } });
    await register(pipeline, 2, { type: 'object', required: ['colour'] });
    const ingest = await pipeline.ingest();
    assert.equal((await redrive(ingest, id)).status, 202);
    await projected(pipeline, id);
    assert.equal(pipeline.store.tables.events.get(id)?.schemaVersion, 1);
  });

  test('what cannot be sent again is 409, and why', async () => {
    await using pipeline = await testPipeline();
    const [malformed, gone, cut] = [randomUUID(), randomUUID(), randomUUID()];
    const { store } = pipeline;
    await keep(store, malformed, 'malformed-record', 1);
    await keep(store, gone, 'schema-violation', 2);
    await keep(store, cut, 'malformed-json', 3);
    const ingest = await pipeline.ingest({
      store: (same) => {
        const deadLetterById = async (id: string) => {
          const found = await store.reader.deadLetterById(id);
          return found && { ...found, isCut: id === cut };
        };
        const reader = { ...same.reader, deadLetterById };
        return { ...same, reader };
      },
    });
    assert.equal((await discard(ingest, gone)).status, 202);
    for (const [id, why] of [
      [malformed, /no record, so there is nothing to send again/],
      [gone, /was discarded, and its bytes are gone/],
      [cut, /too large to be kept whole/],
    ] as const) {
      const { status, body } = await redrive(ingest, id);
      assert.deepEqual([status, body.type], [409, 'urn:sluice:problem:conflict']);
      assert.match(body.detail, why);
    }
    assert.deepEqual(redrivenIn(pipeline), []);
    assert.equal(pipeline.records('sluice.control.v1').length, 1, 'nothing but the discarding is in the log');
  });

  test('what is none is 404, what can be none is 400', async () => {
    await using pipeline = await testPipeline();
    const ingest = await pipeline.ingest();
    for (const [id, status] of [
      [randomUUID(), 404],
      ['x', 400],
      ['%00', 400],
      [`${randomUUID()}x`, 400],
      ['..%2f', 400],
    ] as const) {
      assert.equal((await redrive(ingest, id)).status, status, id);
      assert.equal((await discard(ingest, id)).status, status, id);
    }
    assert.deepEqual(pipeline.records('sluice.control.v1'), []);
  });

  test('is 503 with where to look where the control command is not projected in time', async () => {
    await using pipeline = await testPipeline({ isProjecting: false });
    const id = randomUUID();
    await keep(pipeline.store, id);
    const watching =
      (outcome: RegistryStore['watch']['outcome']) =>
      ({ reader, watch }: RegistryStore): RegistryStore => ({
        reader,
        watch: { outcome, onRegistryChange: (callback) => watch.onRegistryChange(callback) },
      });
    const blind = watching(async () => undefined);
    const down = watching(async () => Promise.reject(new SluiceError('unavailable', 'down')));
    for (const store of [blind, down]) {
      const ingest = await pipeline.ingest({ store });
      for (const act of [redrive(ingest, id), ingest.post(`${DEAD_LETTERS}/redrive`, { stream: TOPIC })]) {
        const { status, headers, body } = await act;
        assert.equal(status, 503);
        assert.equal(headers.get('location'), `/api/v1/commands/${body.control[0]}`);
        assert.ok(isUuid(body.control[0]));
        assert.equal(body.redriven, 0);
      }
    }
    assert.deepEqual(redrivenIn(pipeline), [], 'nothing is sent before the log says so');
  });

  test('is 503 when the service ends meanwhile, and soon', async () => {
    await using pipeline = await testPipeline({ isProjecting: false });
    const id = randomUUID();
    await keep(pipeline.store, id);
    const ending = new AbortController();
    const ingest = await pipeline.ingest({ signal: ending.signal });
    const waiting = redrive(ingest, id);
    await waitFor('the control command', () => pipeline.records('sluice.control.v1').length === 1);
    ending.abort();
    assert.equal((await waiting).status, 503);
  });

  test('more than a few at once are 429', async () => {
    await using pipeline = await testPipeline();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let asked = 0;
    const ingest = await pipeline.ingest({
      store: (same) => {
        const deadLetterById = async () => {
          asked++;
          await gate;
          return undefined;
        };
        const reader = { ...same.reader, deadLetterById };
        return { ...same, reader };
      },
    });
    const held = [1, 2, 3, 4].map(() => redrive(ingest, randomUUID()));
    await waitFor('four to be asked for', () => asked === 4);
    const { status, headers } = await redrive(ingest, randomUUID());
    assert.deepEqual([status, headers.get('retry-after')], [429, '1']);
    open();
    for (const { status } of await Promise.all(held)) assert.equal(status, 404);
    assert.equal((await redrive(ingest, randomUUID())).status, 404);
  });
});

describe('POST /api/v1/dead-letters/redrive', { timeout: 60_000 }, () => {
  test('re-drives what the filter means, in the order in which it was accepted, and says what it skipped', async () => {
    await using pipeline = await fruits();
    const ingest = await pipeline.ingest();
    const at = (index: number) => [
      { name: HEADER.time, value: new Date(1_700_000_000_000 + index * 1_000).toISOString() },
    ];
    // More than one control command may name.
    const count = 260;
    const ids = await refused(
      pipeline,
      ...Array.from({ length: count }, (_, index) => foreign(`{"fruit":${index}}`, { key: 'one', headers: at(index) })),
    );
    const [garbage = ''] = await refused(pipeline, foreign('{', { key: 'one' }));
    const unfit = randomUUID();
    await keep(pipeline.store, unfit, 'malformed-record');
    await register(pipeline, 2, ANYTHING);

    const { status, body } = await ingest.post(`${DEAD_LETTERS}/redrive`, {
      stream: TOPIC,
      reason: 'schema-violation',
    });
    assert.deepEqual([status, body.redriven, body.control.length, body.skipped, body.next], [202, count, 2, [], null]);
    await waitFor('all to be projected', () => pipeline.store.tables.events.size === count);
    const values = redrivenIn(pipeline).map(({ value }) => JSON.parse(String(value)).fruit);
    assert.deepEqual(
      values,
      Array.from({ length: count }, (_, index) => index),
    );
    assert.deepEqual(new Set(pipeline.store.tables.events.keys()), new Set(ids));
    assert.deepEqual([await stateOf(pipeline, garbage), await stateOf(pipeline, unfit)], ['kept', 'kept']);

    const rest = await ingest.post(`${DEAD_LETTERS}/redrive`, { reason: 'malformed-record' });
    assert.deepEqual([rest.status, rest.body.redriven, rest.body.control], [202, 0, []]);
    assert.deepEqual(
      rest.body.skipped.map(({ id }: { id: string }) => id),
      [unfit],
    );
    assert.match(rest.body.skipped[0].why, /no record/);
  });

  test('works through a bounded number, and says where to go on', async () => {
    await using pipeline = await testPipeline();
    const ingest = await pipeline.ingest();
    const ids = Array.from({ length: 1_100 }, () => randomUUID());
    for (const [index, id] of ids.entries()) await keep(pipeline.store, id, 'malformed-record', index);
    const seen: string[] = [];
    let after = null;
    let requests = 0;
    do {
      const { body } = await ingest.post(`${DEAD_LETTERS}/redrive`, { stream: TOPIC, after });
      seen.push(...body.skipped.map(({ id }: { id: string }) => id));
      after = body.next;
      requests++;
    } while (after !== null);
    assert.equal(requests, 2);
    assert.deepEqual(seen.toSorted(), ids.toSorted());
  });

  test('tells of the records that the broker did not take, and re-drives the others', async () => {
    await using pipeline = await fruits();
    const values = ['{"fruit":1}', '{"fruit":2}', '{"fruit":3}'];
    const [a = '', b = '', c = ''] = await refused(pipeline, ...values.map((value) => foreign(value)));
    await register(pipeline, 2, ANYTHING);
    const ingest = await pipeline.ingest({
      answer: ({ topic, value }) => {
        if (topic !== TOPIC || /1/.test(value.toString())) return undefined;
        return {
          kind: 'failed',
          error: new SluiceError(/2/.test(value.toString()) ? 'too-large' : 'unavailable', 'no'),
        };
      },
    });
    const { status, body } = await ingest.post(`${DEAD_LETTERS}/redrive`, { stream: TOPIC });
    assert.deepEqual([status, body.redriven], [202, 1]);
    const why = new Map(body.skipped.map(({ id, why }: { id: string; why: string }) => [id, why]));
    assert.match(String(why.get(b)), /refuses it \(too-large\)/);
    assert.match(String(why.get(c)), /did not confirm it; re-drive it again/);
    await projected(pipeline, a);
  });

  test('leaves alone what the broker cannot carry, so that it can still be discarded', async () => {
    await using pipeline = await fruits();
    const [id = '', other = ''] = await refused(pipeline, foreign('{"fruit":1}'), foreign('{"fruit":2}'));
    await register(pipeline, 2, ANYTHING);
    const ingest = await pipeline.ingest({
      refusal: ({ value }) =>
        /1/.test(String(value)) ? new SluiceError('too-large', 'at most 100 attributes, got 101') : undefined,
    });
    const one = await redrive(ingest, id);
    assert.equal(one.status, 409);
    assert.match(one.body.detail, /the broker refuses it \(too-large\): at most 100 attributes, got 101$/);
    const all = await ingest.post(`${DEAD_LETTERS}/redrive`, { stream: TOPIC });
    assert.deepEqual([all.status, all.body.redriven], [202, 1]);
    assert.deepEqual(
      all.body.skipped.map((skipped: { id: string }) => skipped.id),
      [id],
    );
    await projected(pipeline, other);
    assert.equal(await stateOf(pipeline, id), 'kept');
    assert.equal((await discard(ingest, id)).status, 202);
  });

  test('refuses a body that names nothing, or not as it must', async () => {
    await using pipeline = await testPipeline();
    const ingest = await pipeline.ingest();
    for (const action of ['redrive', 'discard']) {
      for (const [body, status, rule] of [
        ['{}', 400, /must have a stream or a reason, got neither/],
        ['{"after":null}', 400, /must have a stream or a reason/],
        ['[]', 400, /must be an object/],
        ['null', 400, /must be an object/],
        ['{"stream":1}', 400, /\/stream must be the name of a stream, got 1/],
        ['{"stream":""}', 400, /\/stream must be/],
        ['{"reason":"x"}', 400, /\/reason must be one of malformed-record, .*, got "x"/],
        ['{"stream":"a","reasons":"x"}', 400, /no member but stream, reason and after, got "reasons"/],
        ['{"stream":"a","after":"x"}', 400, /\/after must be the next of an earlier answer/],
        ['{"stream":"a","after":{"created_at":"x","id":"y"}}', 400, /\/after must be/],
        ['{"stream":"a","stream":"b"}', 400, /must/],
        ['{', 400, /must/],
        ['', 400, /must be JSON, got none/],
      ] as const) {
        const answer = await ingest.post(`${DEAD_LETTERS}/${action}`, body);
        assert.equal(answer.status, status, body);
        assert.match(answer.body.detail, rule);
      }
      const form = await ingest.post(`${DEAD_LETTERS}/${action}`, 'stream=a', { 'Content-Type': 'text/plain' });
      assert.equal(form.status, 415);
    }
    assert.deepEqual(pipeline.records('sluice.control.v1'), []);
  });
});

describe('discarding', { timeout: 30_000 }, () => {
  test('leaves a tombstone without bytes, and nothing else to do with it', async () => {
    await using pipeline = await fruits();
    const ingest = await pipeline.ingest();
    const [id = ''] = await refused(pipeline, foreign('{"fruit":1}'));
    const { status, body } = await discard(ingest, id);
    assert.equal(status, 202);
    assert.deepEqual({ ...body, control: body.control.length }, { discarded: 1, control: 1, skipped: [], next: null });
    const left = await pipeline.store.reader.deadLetterById(id);
    assert.deepEqual([left?.state, left?.record.value, left?.reason], ['discarded', null, 'schema-violation']);
    assert.equal((await discard(ingest, id)).status, 409);
    assert.equal((await redrive(ingest, id)).status, 409);
  });

  test('of a filter discards what it means alone', async () => {
    await using pipeline = await testPipeline();
    const ingest = await pipeline.ingest();
    const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
    await keep(pipeline.store, a, 'malformed-json', 1);
    await keep(pipeline.store, b, 'malformed-json', 2);
    await keep(pipeline.store, c, 'unstorable', 3);
    const { status, body } = await ingest.post(`${DEAD_LETTERS}/discard`, { reason: 'malformed-json' });
    assert.deepEqual([status, body.discarded, body.control.length], [202, 2, 1]);
    assert.deepEqual(await Promise.all([a, b, c].map((id) => stateOf(pipeline, id))), [
      'discarded',
      'discarded',
      'kept',
    ]);
    const again = await ingest.post(`${DEAD_LETTERS}/discard`, { reason: 'malformed-json' });
    assert.deepEqual([again.status, again.body.discarded, again.body.control], [202, 0, []]);
  });

  test('and re-driving at once: the first in the log stands, and whoever is late is told', async () => {
    for (const [first, second] of [
      [discard, redrive],
      [redrive, discard],
    ] as const) {
      await using pipeline = await fruits();
      const ingest = await pipeline.ingest();
      const [id = ''] = await refused(pipeline, foreign('{"fruit":1}'));
      const seen = await pipeline.store.reader.deadLetterById(id);
      // As it looks to one that asked before the other had its say.
      const late = await pipeline.ingest({
        store: (same) => {
          const reader = { ...same.reader, deadLetterById: async () => seen };
          return { ...same, reader };
        },
      });
      assert.equal((await first(ingest, id)).status, 202);
      const sent = redrivenIn(pipeline).length;
      const { status, body } = await second(late, id);
      assert.equal(status, 409);
      assert.match(body.detail, /by somebody else in the meantime/);
      assert.equal(redrivenIn(pipeline).length, sent, 'nothing more is sent');
    }
  });
});
