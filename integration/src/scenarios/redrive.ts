import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { waitFor } from '@sluice/testing';
import type { Environment } from '../environments/environment.ts';
import { request } from '../pipeline/client.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { Stored } from '../pipeline/stored.ts';

const TEXTS = { type: 'object', required: ['fruit'], properties: { fruit: { type: 'string' } } };
const ANYTHING = { type: 'object', required: ['fruit'] };

interface DeadLetter {
  readonly id: string;
  readonly state: string;
  readonly created_at: string;
  readonly position: Readonly<Record<string, unknown>>;
}

/** Dead letters of other producers' records: fixed by a new schema, sent again, discarded, and rebuilt. */
export function redrive(environment: () => Environment): void {
  test('what its schema refused is projected once when a new one takes it, with its id and time, in a rebuild too', async () => {
    await using fruits = await Fruits.on(environment());
    const { pipeline } = fruits;
    const [fixed = '', unwanted = ''] = await fruits.refused('{"fruit":1}', '{"vegetable":2}');
    const before = await fruits.deadLetter(fixed);
    assert.equal((await request('DELETE', fruits.ingestUrl(unwanted))).status, 202);
    await fruits.register(ANYTHING);

    const { status, json } = await request('POST', fruits.ingestUrl(fixed, 'redrive'));
    assert.deepEqual([status, json.redriven], [202, 1], JSON.stringify(json));
    await fruits.projected(fixed);
    const events = await fruits.events();
    assert.deepEqual(
      events.map(({ id, schema_version: version, data, created_at: at }) => [id, version, data, at]),
      [[fixed, 2, { fruit: 1 }, before.created_at]],
    );
    assert.deepEqual(await fruits.deadLetters(), []);
    assert.equal((await request('POST', fruits.ingestUrl(fixed, 'redrive'))).status, 404, 'it is none any more');

    const tombstone = await fruits.deadLetter(unwanted);
    assert.deepEqual([tombstone.state, 'record' in tombstone], ['discarded', false]);
    assert.equal((await request('POST', fruits.ingestUrl(unwanted, 'redrive'))).status, 409);

    // The log alone comes to the same: the original is skipped, what took its stead is projected.
    const rebuilt = await environment().createDatabase();
    await using rebuilding = await pipeline.service('consumer');
    await rebuilding.start({ DATABASE_URL: rebuilt, KAFKA_GROUP_ID: `${pipeline.group}-rebuild` });
    const kept = await fruits.rows(pipeline.databaseUrl);
    assert.deepEqual([kept.events.length, kept.deadLetters.length], [1, 1]);
    await waitFor('the rebuild', async () => JSON.stringify(await fruits.rows(rebuilt)) === JSON.stringify(kept), {
      timeoutMs: 60_000,
    }).catch(async () => assert.deepEqual(await fruits.rows(rebuilt), kept));
  });

  test('an ingest that is killed between the control command and the record: re-driven again, projected once', async () => {
    await using fruits = await Fruits.on(environment());
    const [id = ''] = await fruits.refused('{"fruit":1}');
    await fruits.register(ANYTHING);
    const { ingest } = fruits;
    await ingest.stop();
    await ingest.start({ CRASH_AT: 'ingest.afterPublish:1' });
    await assert.rejects(request('POST', fruits.ingestUrl(id, 'redrive')));
    assert.equal((await ingest.child.exited).signal, 'SIGKILL');
    await waitFor('the mark', async () => (await fruits.deadLetter(id)).state === 'redriven');
    assert.deepEqual(
      (await fruits.deadLetters()).map((one) => [one.id, one.state]),
      [[id, 'redriven']],
      'it stays in the list until there is an outcome',
    );

    await ingest.start();
    const { status, json } = await request('POST', fruits.ingestUrl(id, 'redrive'));
    assert.deepEqual([status, json.redriven, json.control], [202, 1, []]);
    await fruits.projected(id);
    assert.deepEqual(
      (await fruits.events()).map((event) => event.id),
      [id],
    );
  });

  test('re-driven by many at once, and by a filter, each has one effect; what is refused again can be re-driven again', async () => {
    await using fruits = await Fruits.on(environment());
    const ids = await fruits.refused(...Array.from({ length: 5 }, (_, index) => `{"fruit":${index}}`));
    const places = new Map((await fruits.deadLetters()).map(({ id, position }) => [id, JSON.stringify(position)]));
    const filter = { stream: fruits.stream, reason: 'schema-violation' };
    const redriveAll = () => request('POST', fruits.ingestUrl('redrive'), { json: filter });

    assert.deepEqual((await redriveAll()).json.redriven, ids.length);
    await waitFor('all to be refused again', async () => {
      const now = await fruits.deadLetters();
      return now.every(({ id, state, position }) => state === 'kept' && JSON.stringify(position) !== places.get(id));
    });
    assert.deepEqual(new Set((await fruits.deadLetters()).map(({ id }) => id)), new Set(ids));

    await fruits.register(ANYTHING);
    const one = () => request('POST', fruits.ingestUrl(ids[0] ?? '', 'redrive'));
    const answers = await Promise.all([redriveAll(), one(), one(), redriveAll()]);
    for (const { status } of answers) assert.ok([202, 404, 409].includes(status), `status ${status}`);
    for (const id of ids) await fruits.projected(id);
    // Behind all that was sent again: they share a key, and so a partition.
    const last = await fruits.sent('{"fruit":"last"}');
    await waitFor('the last', async () => (await fruits.events()).some(({ data }) => JSON.stringify(data) === last));
    assert.equal((await fruits.events()).length, ids.length + 1);
    assert.deepEqual(await fruits.deadLetters(), []);
  });

  test('a table transaction that cannot be read is kept, and discarded, and stops no other', async () => {
    await using fruits = await Fruits.on(environment());
    const { pipeline } = fruits;
    const insert = { operation: 'insert', table: 't', col_names: ['a'], col_types: ['INTEGER'], col_values: [1] };
    const log = pipeline.log(pipeline.activitiesTopic);
    const bad = randomUUID();
    const good = randomUUID();
    const message = (id: string, activities: readonly object[]) => ({
      key: 'k',
      value: JSON.stringify({ activities }),
      headers: { ce_id: id },
    });
    await log.produce([message(bad, [{ ...insert, col_names: ['a', 'b'] }]), message(good, [insert])]);
    const outcomeOf = async (id: string) =>
      (await request('GET', `${fruits.queryUrl}/api/v1/commands/${id}?wait=30s`)).json;
    assert.equal((await outcomeOf(good)).status, 'projected');
    const { status, reason, position } = await outcomeOf(bad);
    assert.deepEqual([status, reason], ['dead-lettered', 'schema-violation']);
    assert.equal((await request('POST', fruits.ingestUrl(bad, 'redrive'))).status, 202);
    await waitFor('it to be refused again', async () => {
      const now = await outcomeOf(bad);
      return now.state === 'kept' && JSON.stringify(now.position) !== JSON.stringify(position);
    });
    assert.equal((await request('DELETE', fruits.ingestUrl(bad))).status, 202);
    assert.equal((await outcomeOf(bad)).state, 'discarded');
    const stored = new Stored(pipeline.databaseUrl);
    assert.deepEqual(await stored.query('select a from sluice_default.t'), [{ a: '1' }]);
  });
}

/** A pipeline with a stream of its own, whose schema wants texts. */
class Fruits implements AsyncDisposable {
  readonly pipeline: Pipeline;
  readonly stream: string;
  readonly #client = `C${randomUUID().slice(0, 8)}`;
  #services!: Awaited<ReturnType<typeof start>>;

  private constructor(pipeline: Pipeline) {
    this.pipeline = pipeline;
    this.stream = `${this.#client}.Fruits`;
  }

  static async on(environment: Environment): Promise<Fruits> {
    const fruits = new Fruits(await Pipeline.on(environment));
    fruits.#services = await start(fruits.pipeline);
    await fruits.register(TEXTS);
    return fruits;
  }

  get ingest() {
    return this.#services.ingest;
  }

  get queryUrl(): string {
    return this.#services.query.url;
  }

  ingestUrl(...parts: readonly string[]): string {
    return `${this.ingest.url}/api/v1/dead-letters/${parts.join('/')}`;
  }

  async register(schema: object): Promise<void> {
    const url = `${this.ingest.url}/api/v1/streams/${this.#client}/Fruits`;
    const { status, json } = await request('PUT', url, { json: { schema, compatibility: 'none' } });
    assert.ok(status === 200 || status === 201, `${status} ${JSON.stringify(json)}`);
  }

  /** Puts values into the stream's topic past all services, all under one key; returns the last. */
  async sent(...values: readonly string[]): Promise<string | undefined> {
    await this.pipeline.log(this.stream).produce(values.map((value) => ({ value, key: 'k' })));
    return values.at(-1);
  }

  /** Sends what the schema refuses; resolves with the ids, in the order of the values. */
  async refused(...values: readonly string[]): Promise<string[]> {
    await this.sent(...values);
    const found = await waitFor('the dead letters', async () => {
      const list = await this.deadLetters();
      return list.length === values.length && list;
    });
    // All have one key, and so one partition; message ids count up.
    const orderOf = ({ position }: DeadLetter) => BigInt(String(position.offset ?? position.message_id));
    return found.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)).map(({ id }) => id);
  }

  async deadLetters(): Promise<readonly DeadLetter[]> {
    const { json } = await request('GET', `${this.queryUrl}/api/v1/dead-letters?stream=${this.stream}`);
    return json.dead_letters as DeadLetter[];
  }

  async deadLetter(id: string): Promise<DeadLetter> {
    return (await request('GET', `${this.queryUrl}/api/v1/dead-letters/${id}`)).json as unknown as DeadLetter;
  }

  async events(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { json } = await request('GET', `${this.queryUrl}/api/v1/streams/${this.#client}/Fruits?limit=100`);
    return json.events as Readonly<Record<string, unknown>>[];
  }

  async projected(id: string): Promise<void> {
    await waitFor(
      `${id} to be projected`,
      async () => (await request('GET', `${this.queryUrl}/api/v1/commands/${id}`)).json.status === 'projected',
      { timeoutMs: 30_000 },
    );
  }

  /** What a database has of the stream, with every column. */
  async rows(databaseUrl: string) {
    const stored = new Stored(databaseUrl);
    const of = async (table: string, where: string, value: string) =>
      await stored
        .query<{ row: string }>(`select t::text as row from sluice.${table} t where ${where} = $1`, [value])
        .catch(() => []);
    return {
      events: await of('events', 'client', this.#client),
      deadLetters: await of('dead_letters', 'stream', this.stream),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pipeline[Symbol.asyncDispose]();
  }
}

const start = (pipeline: Pipeline) => pipeline.started('ingest', 'consumer', 'query');
