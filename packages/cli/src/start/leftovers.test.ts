import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startNode, temporaryDirectory } from '@sluice/testing';
import { partNamed } from '../testing/fake-part.ts';
import { endLeftovers, recordProcesses } from './leftovers.ts';

const SLEEP = ['-e', 'setInterval(() => {}, 1e6)'];

test('what a killed start left is waited for, then killed; a later process of the same number is not', async () => {
  await using folder = await temporaryDirectory();
  const file = join(folder.path, 'processes.json');
  await using ending = startNode({ name: 'ending', args: ['-e', 'setTimeout(() => {}, 300)'], ownGroup: true });
  await using hanging = startNode({ name: 'hanging', args: SLEEP, ownGroup: true });
  await using stranger = startNode({ name: 'stranger', args: SLEEP, ownGroup: true });
  recordProcesses(file, [
    { part: partNamed('ingest'), pid: ending.pid },
    { part: partNamed('consumer'), pid: hanging.pid },
  ]);
  const known = JSON.parse(readFileSync(file, 'utf8'));
  const [{ identity }] = known;
  writeFileSync(file, JSON.stringify([...known, { part: 'query', pid: stranger.pid, identity: `${identity}0` }]));
  const said: string[] = [];
  await endLeftovers(file, (line) => said.push(line), 500);
  assert.deepEqual(await ending.exited, { code: 0, signal: null });
  assert.equal((await hanging.exited).signal, 'SIGKILL');
  assert.equal(stranger.hasExited(), false);
  assert.deepEqual(said, [
    `waiting for what an earlier start left behind: ingest (process ${ending.pid}), consumer (process ${hanging.pid})`,
    `killing what does not end: consumer (process ${hanging.pid})`,
  ]);
});

test('without a record there is nothing to do', async () => {
  await using folder = await temporaryDirectory();
  const said: string[] = [];
  await endLeftovers(join(folder.path, 'none'), (line) => said.push(line));
  assert.deepEqual(said, []);
});
