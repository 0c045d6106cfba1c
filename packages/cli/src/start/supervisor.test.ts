import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePort, startNode, temporaryDirectory, waitFor } from '@sluice/testing';
import { fakePart } from '../testing/fake-part.ts';
import { openDataDirectory } from './data-directory.ts';
import { type Part, partsOn } from './part.ts';
import { identityOf } from './process-identity.ts';
import { supervise } from './supervisor.ts';

const NEVER_READY = 'http://127.0.0.1:1/ready';
const STAYS = 'setInterval(() => {}, 1e6);';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await temporaryDirectory();
  t.after(() => folder[Symbol.asyncDispose]());
  return folder.path;
}

/** Supervises the parts; `tell` is the signal to end. */
function supervised(folder: string, parts: readonly Part[]) {
  const said: string[] = [];
  const controller = new AbortController();
  const directory = openDataDirectory(join(folder, 'data'));
  let readyTimes = 0;
  const code = supervise({
    parts,
    directory,
    environment: { PATH: process.env.PATH },
    signal: controller.signal,
    say: (line) => said.push(line),
    onReady: () => {
      readyTimes++;
    },
  }).finally(() => directory[Symbol.dispose]());
  return { code, said, tell: () => controller.abort(), wasReady: () => readyTimes === 1 };
}

test('parts end in the order of the data’s way, one after the other', async (t) => {
  const folder = await folderOf(t);
  const trace = join(folder, 'trace');
  const source = (name: string) => `
    import { appendFileSync } from 'node:fs';
    process.on('SIGTERM', () => {
      appendFileSync(${JSON.stringify(trace)}, '${name} asked\\n');
      setTimeout(() => { appendFileSync(${JSON.stringify(trace)}, '${name} ended\\n'); process.exit(0); }, 20);
    });
    appendFileSync(${JSON.stringify(trace)}, 'up\\n');
    ${STAYS}`;
  const names = ['kafka', 'postgres', 'ingest', 'consumer', 'query', 'gateway'] as const;
  const parts = await Promise.all(names.map((name) => fakePart(folder, name, source(name))));
  const run = supervised(folder, parts);
  await waitFor('all parts', () => readFileSync(trace, 'utf8') === 'up\n'.repeat(6));
  run.tell();
  assert.equal(await run.code, 0);
  assert.deepEqual(
    readFileSync(trace, 'utf8').replaceAll('up\n', '').trim().split('\n'),
    ['gateway', 'ingest', 'consumer', 'query', 'kafka', 'postgres'].flatMap((name) => [
      `${name} asked`,
      `${name} ended`,
    ]),
  );
});

test('the first part that ends is named with how and why, and the others are ended', async (t) => {
  const folder = await folderOf(t);
  const consumer = `
    console.log(JSON.stringify({ level: 'info', msg: 'up' }));
    console.log('{"level":"fatal","msg":"this is another log"}');
    console.error('at the end');
    process.exitCode = 3;`;
  const parts = [await fakePart(folder, 'ingest', STAYS, NEVER_READY), await fakePart(folder, 'consumer', consumer)];
  const run = supervised(folder, parts);
  assert.equal(await run.code, 1);
  assert.deepEqual(run.said, [
    'consumer ended by itself (exit code 3); its last words:\n' +
      '  fatal: this is another log\n' +
      '  at the end\n' +
      `All it wrote is in ${folder}/data/logs/consumer.log`,
    'stopping the rest',
    'stopped',
  ]);
  assert.match(readFileSync(`${folder}/data/logs/consumer.log`, 'utf8'), /"msg":"up".*at the end/s);
});

test('a part killed by a signal is said to be, and what it left in its group is ended', async (t) => {
  const folder = await folderOf(t);
  const keeper = `
    import { spawn } from 'node:child_process';
    const kept = spawn(process.execPath, ['-e', '${STAYS}'], { stdio: 'ignore' });
    console.error('kept ' + kept.pid);
    process.kill(process.pid, 'SIGKILL');`;
  const run = supervised(folder, [await fakePart(folder, 'postgres', keeper)]);
  assert.equal(await run.code, 1);
  assert.match(run.said.join('\n'), /postgres ended by itself \(killed by SIGKILL\)/);
  const kept = Number(/kept (\d+)/.exec(run.said.join('\n'))?.[1]);
  assert.equal(identityOf(kept), undefined);
});

test('the PostgreSQL of a killed postgres part is ended, though it is in a group of its own', async (t) => {
  const folder = await folderOf(t);
  using directory = openDataDirectory(join(folder, 'elsewhere'));
  const [part] = partsOn(
    new Map([['postgres', await freePort()]]),
    { ...directory, postgres: join(folder, 'data/postgres') },
    {},
  );
  assert.ok(part);
  const run = supervised(folder, [part]);
  const started = await waitFor(
    'PostgreSQL',
    () => {
      const log = readFileSync(join(folder, 'data/logs/postgres.log'), { encoding: 'utf8', flag: 'a+' });
      return /"pid":(\d+),.*"accepts connections"/.exec(log);
    },
    { timeoutMs: 30_000 },
  );
  const [{ pid: keeper }] = JSON.parse(readFileSync(join(folder, 'data/processes.json'), 'utf8'));
  const postmaster = Number(started[1]);
  assert.ok(identityOf(postmaster));
  process.kill(keeper, 'SIGKILL');
  assert.equal(await run.code, 1);
  assert.equal(identityOf(postmaster), undefined);
  assert.match(run.said.join('\n'), new RegExp(`ending PostgreSQL \\(process ${postmaster}\\).*\nstopped$`));
});

test('wrong settings of several parts are told together, and the exit code is 78', async (t) => {
  const folder = await folderOf(t);
  const faulty = (name: string, ms: number) =>
    `setTimeout(() => { console.error('${name} is wrong'); process.exit(78); }, ${ms})`;
  const run = supervised(folder, [
    await fakePart(folder, 'ingest', faulty('A', 0)),
    await fakePart(folder, 'consumer', faulty('B', 200)),
    await fakePart(folder, 'query', STAYS),
  ]);
  assert.equal(await run.code, 78);
  assert.match(run.said.join('\n'), /ingest ended.*A is wrong.*consumer ended.*B is wrong/s);
});

test('ready is when every part says so; warnings are heard from then on', async (t) => {
  const folder = await folderOf(t);
  let isReady = false;
  await using server = createServer((_request, response) => {
    response.writeHead(isReady ? 200 : 503).end('{"detail":"store: still starting"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ready`;
  const source = `
    console.log('{"level":"warn","msg":"early"}');
    process.once('SIGTERM', () => {
      console.log('{"level":"warn","msg":"late","err":{"message":"because"}}');
      console.log('{"level":"info","msg":"unheard"}');
      process.exitCode = 4;
      clearInterval(timer);
    });
    const timer = ${STAYS}`;
  const log = join(folder, 'data/logs/query.log');
  const run = supervised(folder, [await fakePart(folder, 'query', source, url)]);
  await waitFor('the early warning', () => readFileSync(log, 'utf8').includes('early'));
  assert.equal(run.wasReady(), false);
  isReady = true;
  await waitFor('ready', () => run.wasReady());
  run.tell();
  assert.equal(await run.code, 1);
  assert.deepEqual(run.said, [
    'query warn: late (because)',
    `query did not end as it should (exit code 4); see ${folder}/data/logs/query.log`,
    'stopped',
  ]);
});

test('when the supervisor is killed, its parts end by themselves, each after those who use it', async (t) => {
  const folder = await folderOf(t);
  const trace = join(folder, 'trace');
  const source = (name: string, drainMs: number) => `
    import { appendFileSync } from 'node:fs';
    const note = (text) => appendFileSync(${JSON.stringify(trace)}, text + '\\n');
    process.once('SIGTERM', () => {
      // Nobody reads this any more.
      console.log('draining');
      note('${name} asked');
      setTimeout(() => { note('${name} ended'); process.exit(0); }, ${drainMs});
    });
    note('up ' + process.pid);
    ${STAYS}`;
  const parts = [
    await fakePart(folder, 'kafka', source('kafka', 0)),
    await fakePart(folder, 'ingest', source('ingest', 200)),
    await fakePart(folder, 'consumer', source('consumer', 0)),
    await fakePart(folder, 'gateway', source('gateway', 200)),
  ];
  const supervising = `
    const { supervise } = await import(${JSON.stringify(`${import.meta.dirname}/supervisor.ts`)});
    const { openDataDirectory } = await import(${JSON.stringify(`${import.meta.dirname}/data-directory.ts`)});
    await supervise({
      parts: ${JSON.stringify(parts)},
      directory: openDataDirectory(${JSON.stringify(join(folder, 'data'))}),
      environment: process.env,
      signal: new AbortController().signal,
      say: console.log,
      onReady: () => {},
    });`;
  await using supervisor = startNode({ name: 'supervisor', args: ['--input-type=module', '-e', supervising] });
  const traced = () => readFileSync(trace, 'utf8').trim().split('\n');
  const isUp = (line: string) => line.startsWith('up ');
  await waitFor('the parts', () => traced().filter(isUp).length === parts.length);
  supervisor.kill('SIGKILL');
  await waitFor('the end of the last', () => traced().includes('kafka ended'));
  const ends = traced().filter((line) => !isUp(line));
  assert.deepEqual(ends.slice(0, 2), ['gateway asked', 'gateway ended']);
  assert.deepEqual(ends.slice(2, 5).sort(), ['consumer asked', 'consumer ended', 'ingest asked']);
  assert.deepEqual(ends.slice(5), ['ingest ended', 'kafka asked', 'kafka ended']);
  const pids = traced()
    .filter(isUp)
    .map((line) => Number(line.slice(3)));
  await waitFor('their processes to be gone', () => pids.every((pid) => identityOf(pid) === undefined));
});
