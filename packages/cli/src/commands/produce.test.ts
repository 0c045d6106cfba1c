import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort, waitFor } from '@sluice/testing';
import { EXAMPLES } from '../produce/examples.ts';
import { RunningCommand } from '../testing/command.ts';
import { oldGateway, reply } from '../testing/old-gateway.ts';

const CLEAN = { code: 0, signal: null };
const FRUITS = 'SpongeBob.Fruits';
const SCHEMA = { type: 'object', required: ['fruit'] };

const producing = (url: string, ...more: string[]) =>
  new RunningCommand(['produce', 'fruits', '--url', url, '--interval', '10', ...more]);

test('it registers and sends as the old script, says the same, and ends after the count', async () => {
  await using gateway = await oldGateway();
  await using command = producing(gateway.url, '--count', '5');
  assert.deepEqual(await command.exited, CLEAN);
  const events = gateway.events[FRUITS] as { fruit: string }[];
  assert.deepEqual(command.lines(), [
    'using client named: SpongeBob',
    'registering new event named: Fruits',
    ...events.map(({ fruit }) => `sending event: {'fruit': '${fruit}'}`),
  ]);
  assert.equal(events.length, 5);
  assert.ok(events.every(({ fruit }) => (EXAMPLES.fruits.values as readonly string[]).includes(fruit)));
  assert.deepEqual(gateway.schemas.get(FRUITS), SCHEMA);
  assert.equal(command.complaints(), '');
  const [register, ...sends] = gateway.seen;
  assert.equal(register?.path, '/SpongeBob/Fruits/register_event');
  for (const { method, path, contentType } of sends) {
    assert.deepEqual([method, path], ['POST', '/SpongeBob/Fruits/send_event']);
    assert.match(contentType ?? '', /^application\/x-www-form-urlencoded/);
  }
  assert.equal(new Set(sends.map(({ key }) => key)).size, 5, 'each event is a command of its own');
});

test('colors go beside fruits, to where GATEWAY_PORT says; what is registered already is fine', async () => {
  await using gateway = await oldGateway();
  gateway.schemas.set('SpongeBob.Colors', { required: ['color'], type: 'object' });
  const env = { GATEWAY_PORT: String(gateway.port) };
  await using colors = new RunningCommand(['produce', 'colors', '--count', '2', '--interval', '0'], env);
  await using fruits = new RunningCommand(['produce', 'fruits', '--count', '2', '--interval', '0'], env);
  assert.deepEqual([await colors.exited, await fruits.exited], [CLEAN, CLEAN]);
  assert.deepEqual([gateway.events['SpongeBob.Colors']?.length, gateway.events[FRUITS]?.length], [2, 2]);
  assert.equal(colors.complaints() + fruits.complaints(), '');
});

test('another schema under the same name is told of, and the events are sent', async () => {
  await using gateway = await oldGateway();
  gateway.schemas.set(FRUITS, { type: 'string' });
  await using command = producing(gateway.url, '--count', '1');
  assert.deepEqual(await command.exited, CLEAN);
  assert.match(command.complaints(), /^sluice: SpongeBob.Fruits is registered already, with another schema/);
});

test('Ctrl-C ends it with 0, while it waits too', async () => {
  await using gateway = await oldGateway();
  await using command = new RunningCommand(['produce', 'fruits', '--url', gateway.url, '--interval', '3600000']);
  await waitFor('an event', () => gateway.events[FRUITS]?.length === 1);
  command.kill('SIGINT');
  assert.deepEqual(await command.exited, CLEAN);

  gateway.instead = () => true;
  await using hanging = producing(gateway.url);
  const before = gateway.seen.length;
  await waitFor('a request that is not answered', () => gateway.seen.length > before);
  hanging.kill('SIGINT');
  assert.deepEqual(await hanging.exited, CLEAN);
  assert.equal(hanging.complaints(), '');
});

test('a server that is not there is waited for', async () => {
  const port = await freePort();
  await using command = producing(`http://127.0.0.1:${port}`, '--count', '2');
  await waitFor('a word', () =>
    /^sluice: registering: the server at http:\/\/127.0.0.1:\d+ does not answer \(.*ECONNREFUSED.*\); trying again\n$/.test(
      command.complaints(),
    ),
  );
  await using gateway = await oldGateway(port);
  assert.deepEqual(await command.exited, CLEAN);
  assert.equal(gateway.events[FRUITS]?.length, 2);
});

test('an event that met an outage is sent again as the same command', async () => {
  await using gateway = await oldGateway();
  let outages = 2;
  gateway.instead = ({ path }, response) => {
    if (!path.endsWith('send_event') || outages-- <= 0) return false;
    if (outages === 1) response.destroy();
    else reply(response, 503, { title: 'Unavailable', status: 503, detail: 'the broker is down', code: 'FAILED' });
    return true;
  };
  await using command = producing(gateway.url, '--count', '1');
  assert.deepEqual(await command.exited, CLEAN);
  const sends = gateway.seen.filter(({ path }) => path.endsWith('send_event'));
  assert.equal(sends.length, 3);
  assert.equal(new Set(sends.map(({ key, form }) => `${key} ${form.event}`)).size, 1);
  assert.equal(command.lines().length, 3);
  assert.match(command.complaints(), /sending: the server cannot do it now \(503\): the broker is down; trying again/);
});

test('a refusal is told with the server’s reason, and it goes on with other events', async () => {
  await using gateway = await oldGateway();
  let refusals = 2;
  gateway.instead = ({ path }, response) =>
    path.endsWith('send_event') && refusals-- > 0 && reply(response, 400, { code: 'FAILED', msg: 'no \u001b[2J' });
  await using command = producing(gateway.url, '--count', '1');
  assert.deepEqual(await command.exited, CLEAN);
  assert.equal(
    command.complaints(),
    'sluice: sending: the server refuses it (400): no \\u001b[2J; trying again\n',
    'once, and nothing raw',
  );
  assert.equal(command.lines().length, 5, 'each was another event');
  const keys = gateway.seen.filter(({ path }) => path.endsWith('send_event')).map(({ key }) => key);
  assert.equal(new Set(keys).size, 3);

  gateway.schemas.clear();
  gateway.instead = ({ path }, response) =>
    path.endsWith('register_event') && reply(response, 422, { title: 'Bad schema', detail: '/type is odd' });
  await using refused = producing(gateway.url);
  const before = gateway.seen.length;
  await waitFor(
    'its reason, and another try',
    () =>
      gateway.seen.length > before + 2 &&
      refused.complaints().includes('registering: the server refuses it (422): /type is odd'),
  );
});

test('another server than an event gateway is told to be one', async () => {
  await using gateway = await oldGateway();
  for (const [status, body] of [
    [200, '<html>'],
    [403, ''],
    [302, ''],
    [200, '{"code":"FAILED","msg":"x"}'],
  ] as const) {
    gateway.instead = (_request, response) => response.writeHead(status, { Location: '/elsewhere' }).end(body) && true;
    await using command = producing(gateway.url);
    await waitFor('a word', () =>
      command.complaints().includes(`registering: what answers is no event gateway (${status})`),
    );
  }
  assert.ok(!gateway.seen.some(({ path }) => path === '/elsewhere'));
});

test('it ends quietly when its reader has enough', async () => {
  await using gateway = await oldGateway();
  await using command = producing(gateway.url);
  await waitFor('three lines', () => command.lines().length >= 3);
  command.stopReading();
  assert.deepEqual(await command.exited, CLEAN);
  assert.equal(command.complaints(), '');
});

test('anything else than the examples, or options that are none, get the usage and 1; no port to be known 78', async () => {
  for (const args of [
    [],
    ['bananas'],
    ['Fruits'],
    ['fruits', 'colors'],
    ['fruits', '--count', '0'],
    ['fruits', '--count', '1.5'],
    ['fruits', '--interval', '-1'],
    ['fruits', '--url', 'localhost:5000'],
    ['fruits', '--url', 'http://me:secret@localhost'],
  ]) {
    await using command = new RunningCommand(['produce', ...args]);
    assert.deepEqual(await command.exited, { code: 1, signal: null }, args.join(' '));
    assert.match(command.complaints(), /^error: [\s\S]*\nUsage: sluice produce/);
    assert.deepEqual(command.lines(), []);
  }
  await using anywhere = new RunningCommand(['produce', 'fruits'], { GATEWAY_PORT: '0' });
  assert.deepEqual(await anywhere.exited, { code: 78, signal: null });
  assert.match(anywhere.complaints(), /GATEWAY_PORT must be a whole number from 1.*got "0"[\s\S]*--url/);
});
