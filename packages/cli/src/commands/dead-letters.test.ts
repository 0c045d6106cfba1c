import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { freePort } from '@sluice/testing';
import { RunningCommand } from '../testing/command.ts';

const ID = 'edd34e6c-63de-46e5-9edd-60b1a1e22892';
const OTHER = '0b7e2d1e-9d0f-4c6c-8d43-0f4d1b8a5c11';
const CONTROL = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

const summary = (index: number, members: object = {}) => ({
  id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  stream: 'SpongeBob.Fruits',
  client: 'SpongeBob',
  state: 'kept',
  reason: 'schema-violation',
  detail: '/fruit must be string, got 1',
  created_at: '2026-01-02T15:04:05.123456Z',
  position: { topic: 'SpongeBob.Fruits', partition: 3, offset: index },
  value_bytes: 11,
  ...members,
});

type Reply = readonly [status: number, body: unknown];

/** Says what it is told to, and keeps what it was asked. */
async function fakeServices(answer: (request: string, body: Record<string, unknown>) => Reply) {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    requests.push(`${request.method} ${request.url}${text && ` ${text}`}`);
    const [status, body] = answer(`${request.method} ${request.url}`, text ? JSON.parse(text) : {});
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function sluice(port: number, ...args: readonly string[]) {
  await using command = new RunningCommand(['dead-letters', ...args], { GATEWAY_PORT: String(port) });
  const { code } = await command.exited;
  return { code, lines: command.lines(), complaints: command.complaints() };
}

const problem = (status: number, detail: string, members: object = {}): Reply => [
  status,
  { type: 'urn:sluice:problem:x', title: 'X', status, detail, ...members },
];

describe('sluice dead-letters list', { timeout: 60_000 }, () => {
  test('prints a table of as many as it was asked for, over several pages, and says that there are more', async () => {
    await using services = await fakeServices((request) => {
      const query = new URL(request.split(' ')[1] ?? '', 'http://x').searchParams;
      const from = Number(query.get('cursor') ?? 0);
      const limit = Number(query.get('limit'));
      const dead_letters = Array.from({ length: limit }, (_, index) => summary(from + index));
      return [200, { dead_letters, next: String(from + limit) }];
    });
    const { code, lines, complaints } = await sluice(
      services.port,
      ...['list', '--limit', '130', '--stream', 'SpongeBob.Fruits', '--reason', 'schema-violation'],
    );
    assert.equal(code, 0);
    assert.equal(lines.length, 131);
    assert.match(String(lines[0]), /^ID +ACCEPTED +STREAM +STATE +REASON +BYTES +DETAIL$/);
    assert.equal(
      lines[1],
      `${summary(0).id}  2026-01-02T15:04:05Z  SpongeBob.Fruits  kept   schema-violation  11     /fruit must be string, got 1`,
    );
    assert.match(complaints, /the newest 130; there are more \(--limit\)/);
    assert.deepEqual(services.requests, [
      'GET /api/v1/dead-letters?stream=SpongeBob.Fruits&reason=schema-violation&limit=100',
      'GET /api/v1/dead-letters?stream=SpongeBob.Fruits&reason=schema-violation&limit=30&cursor=100',
    ]);
  });

  test('prints JSON, one a line; of none, nothing', async () => {
    const all = [summary(1), summary(2)];
    await using services = await fakeServices((request) => [
      200,
      { dead_letters: request.includes('stream') ? [] : all, next: null },
    ]);
    const json = await sluice(services.port, 'list', '--json');
    assert.deepEqual(
      json.lines.map((line) => JSON.parse(line)),
      all,
    );
    const none = await sluice(services.port, 'list', '--stream', 'x', '--json');
    assert.deepEqual([none.code, none.lines], [0, []]);
    assert.match(none.complaints, /there are no such dead letters/);
  });

  test('what strangers wrote cannot move the cursor', async () => {
    const members = { detail: 'a\u001b[2Jb\nc', stream: 's\u202e', client: '\0' };
    await using services = await fakeServices((request) =>
      request.endsWith(ID)
        ? [
            200,
            {
              ...summary(1, members),
              record: { timestamp: 't', key: null, headers: [], value: { base64: '', text: '\u001b[2J' } },
            },
          ]
        : [200, { dead_letters: [summary(1, members)], next: null }],
    );
    for (const args of [['list'], ['show', ID]]) {
      const { lines } = await sluice(services.port, ...args);
      assert.doesNotMatch(lines.join(''), /[\p{Cc}\p{Cf}]/u);
      assert.match(lines.join(''), /a\\u001b\[2Jb/);
    }
  });
});

test('sluice dead-letters show prints the record: texts as they are, other bytes in base64', {
  timeout: 60_000,
}, async () => {
  const { value_bytes: _, ...about } = summary(1);
  const shown = {
    ...about,
    is_cut: false,
    record: {
      timestamp: '2026-01-02T15:04:05.123Z',
      key: null,
      value: { base64: 'eyJmcnVpdCI6MX0=', text: '{"fruit":1}' },
      headers: [{ name: 'ce_id', value: { base64: '/w==' } }],
    },
  };
  await using services = await fakeServices(() => [200, shown]);
  const { code, lines } = await sluice(services.port, 'show', ID.toUpperCase());
  assert.equal(code, 0);
  assert.deepEqual(services.requests, [`GET /api/v1/dead-letters/${ID}`]);
  for (const line of [
    'reason        schema-violation',
    'position      topic SpongeBob.Fruits, partition 3, offset 1',
    'key           (none)',
    'header ce_id  base64 /w==',
    'value         {"fruit":1}',
  ]) {
    assert.ok(lines.includes(line), `${line} in\n${lines.join('\n')}`);
  }
  const json = await sluice(services.port, 'show', ID, '--json');
  assert.deepEqual(JSON.parse(String(json.lines[0])), shown);
});

describe('sluice dead-letters redrive and discard', { timeout: 60_000 }, () => {
  const done = (name: string, count: number, members: object = {}) => ({
    [name]: count,
    control: [CONTROL],
    skipped: [],
    next: null,
    ...members,
  });

  test('ask for each id, tell what could not be done, and exit with 1 then', async () => {
    await using services = await fakeServices((request) =>
      request.includes(OTHER)
        ? problem(409, 'the dead letter cannot be redriven: it was discarded')
        : [202, done('redriven', 1)],
    );
    const both = await sluice(services.port, 'redrive', OTHER, ID);
    assert.deepEqual([both.code, both.lines], [1, ['redriven: 1']]);
    assert.match(both.complaints, new RegExp(`${OTHER}: the dead letter cannot be redriven: it was discarded`));
    assert.deepEqual(services.requests, [
      `POST /api/v1/dead-letters/${OTHER}/redrive`,
      `POST /api/v1/dead-letters/${ID}/redrive`,
    ]);
    assert.equal((await sluice(services.port, 'redrive', ID)).code, 0);
    const discarded = await sluice(services.port, 'discard', ID, '--json');
    assert.equal(services.requests.at(-1), `DELETE /api/v1/dead-letters/${ID}`);
    assert.deepEqual(JSON.parse(String(discarded.lines[0])).control, [CONTROL]);
  });

  test('work through a filter to its end', async () => {
    const next = { created_at: '2026-01-02T15:04:05.123456Z', id: ID };
    await using services = await fakeServices((_, body) =>
      body.after === null
        ? [202, done('discarded', 1_000, { next })]
        : [202, done('discarded', 5, { skipped: [{ id: OTHER, why: 'it was re-driven' }] })],
    );
    const { code, lines, complaints } = await sluice(services.port, 'discard', '--reason', 'unstorable', '--yes');
    assert.deepEqual([code, lines], [1, ['discarded: 1005']]);
    assert.match(complaints, new RegExp(`${OTHER}: it was re-driven`));
    assert.deepEqual(services.requests, [
      'POST /api/v1/dead-letters/discard {"reason":"unstorable","after":null}',
      `POST /api/v1/dead-letters/discard ${JSON.stringify({ reason: 'unstorable', after: next })}`,
    ]);
  });

  test('tell what was done before a failure', async () => {
    await using services = await fakeServices(() =>
      problem(503, 'it is in the log, but was not projected in time', { ...done('redriven', 250), next: undefined }),
    );
    const { code, lines, complaints } = await sluice(services.port, 'redrive', '--stream', 'A.B');
    assert.deepEqual([code, lines], [1, ['redriven: 250']]);
    assert.match(complaints, /cannot do it now \(503\): it is in the log.*; what is left can be asked for again/);
  });

  test('refuse what is not clearly meant, and ask nothing of the services', async () => {
    await using services = await fakeServices(() => [500, '']);
    for (const [args, why] of [
      [['redrive'], /say which ones: either by their ids, or by --stream, --reason, or both/],
      [['redrive', ID, '--stream', 'A.B'], /say which ones/],
      [['discard', '--stream', 'A.B'], /takes --yes/],
      [['redrive', 'x'], /It must be a UUID, got "x"/],
      [['show'], /missing required argument 'id'/],
      [['show', 'x'], /It must be a UUID/],
      [['list', '--reason', 'x'], /Allowed choices are malformed-record/],
      [['list', '--limit', '0'], /whole number from 1 to/],
      [['list', '--stream', ''], /It must be the name of a stream/],
      [['list', '--url', 'localhost'], /It must be like http/],
    ] as const) {
      const { code, lines, complaints } = await sluice(services.port, ...args);
      assert.deepEqual([code, lines], [1, []], args.join(' '));
      assert.match(complaints, why);
    }
    assert.deepEqual(services.requests, []);
  });
});

test('what does not answer, or is no Sluice, is told with what to do', { timeout: 60_000 }, async () => {
  const nobody = await freePort();
  const down = await sluice(nobody, 'list');
  assert.deepEqual([down.code, down.lines], [1, []]);
  assert.match(
    down.complaints,
    /http:\/\/127\.0\.0\.1:\d+ does not answer \(.*ECONNREFUSED.*\); start it \(sluice start\)/,
  );
  await using other = await fakeServices(() => [404, '<html>']);
  assert.match((await sluice(other.port, 'list')).complaints, /is no Sluice \(404\); say where it is with --url/);
  const misset = await sluice(Number.NaN, 'list');
  assert.equal(misset.code, 78);
  assert.match(misset.complaints, /GATEWAY_PORT must be .*\n.*\(or say where with --url\)/s);
  assert.equal((await sluice(Number.NaN, 'list', '--url', `http://127.0.0.1:${nobody}`)).code, 1);
});
