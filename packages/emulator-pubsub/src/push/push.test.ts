import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { freePort, waitFor } from '@sluice/testing';
import { Rig, type RigOptions } from '../delivery/testing/rig.ts';
import { type PushFailed, type PushOptions, startPush } from './push.ts';
import { MAX_WINDOW } from './push-pace.ts';

interface Pushed {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (response: ServerResponse, pushed: Pushed) => void;

const status =
  (code: number): Answer =>
  (response) =>
    response.writeHead(code).end();

/** A real endpoint that keeps what it got. */
class TestEndpoint implements AsyncDisposable {
  readonly pushed: Pushed[] = [];
  readonly sockets = new Set<Socket>();
  answer: Answer;
  readonly #server;

  constructor(answer: Answer) {
    this.answer = answer;
    this.#server = createServer((request, response) => void this.#receive(request, response));
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/push?token=x`;
  }

  get texts(): string[] {
    return this.pushed.map(({ body }) => Buffer.from(JSON.parse(body).message.data, 'base64').toString());
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const pushed = { method, url, headers, body: Buffer.concat(chunks).toString() };
    this.pushed.push(pushed);
    this.answer(response, pushed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The condition says itself what is waited for. */
const until = (condition: () => boolean): Promise<unknown> =>
  waitFor(String(condition), condition, { timeoutMs: 5_000 });

interface Setup extends AsyncDisposable {
  readonly rig: Rig;
  readonly endpoint: TestEndpoint;
  readonly events: PushFailed[];
  readonly push: AsyncDisposable;
}

async function setUp(
  answer: Answer,
  { rig: rigOptions, ...options }: Partial<PushOptions> & { readonly rig?: RigOptions } = {},
): Promise<Setup> {
  const rig = await Rig.open(rigOptions);
  const endpoint = new TestEndpoint(answer);
  const url = await endpoint.listen();
  const events: PushFailed[] = [];
  const push = startPush({
    delivery: rig.delivery,
    subscription: 'projects/p/subscriptions/s',
    ackDeadlineMs: 10_000,
    clock: rig.clock,
    onEvent: (event) => events.push(event),
    ...options,
    config: { endpoint: url, attributes: {}, ...options.config },
  });
  return {
    rig,
    endpoint,
    events,
    push,
    [Symbol.asyncDispose]: async () => {
      await push[Symbol.asyncDispose]();
      await endpoint[Symbol.asyncDispose]();
      await rig[Symbol.asyncDispose]();
    },
  };
}

const acknowledged = (rig: Rig): number => rig.delivery.state().below;

for (const code of [102, 200, 201, 202, 204]) {
  test(`an answer of ${code} acknowledges`, async () => {
    const answer: Answer = code === 102 ? (response) => response.writeProcessing() : status(code);
    await using setup = await setUp(answer);
    await setup.rig.publish('a');
    await until(() => acknowledged(setup.rig) === 1);
    assert.deepEqual(setup.endpoint.texts, ['a']);
    assert.deepEqual(setup.events, []);
    const [pushed] = setup.endpoint.pushed;
    assert.equal(pushed?.method, 'POST');
    assert.equal(pushed?.url, '/push?token=x');
    assert.equal(pushed?.headers['content-type'], 'application/json');
    assert.equal(pushed?.headers.authorization, undefined);
  });
}

for (const code of [203, 206, 301, 302, 307, 400, 404, 429, 500, 503]) {
  test(`an answer of ${code} gives the message back, and it comes again after a pause`, async () => {
    let elsewhere = 0;
    await using setup = await setUp((response, { url }) => {
      if (url === '/elsewhere') elsewhere++;
      response.writeHead(code, { location: '/elsewhere' }).end();
    });
    await setup.rig.publish('a');
    await until(() => setup.events.length === 1);
    assert.deepEqual(setup.events, [
      {
        kind: 'push-failed',
        subscription: 'projects/p/subscriptions/s',
        reason: `the endpoint must answer 102, 200, 201, 202 or 204, got ${code}`,
      },
    ]);
    setup.endpoint.answer = status(204);
    setup.rig.clock.advance(99);
    await settle();
    assert.equal(setup.endpoint.pushed.length, 1);
    setup.rig.clock.advance(1);
    await until(() => acknowledged(setup.rig) === 1);
    assert.deepEqual(setup.endpoint.texts, ['a', 'a']);
    assert.equal(elsewhere, 0);
  });
}

test('an endpoint that does not answer within the ack deadline has not taken the message', async () => {
  await using setup = await setUp(() => {});
  await setup.rig.publish('a');
  await until(() => setup.endpoint.pushed.length === 1);
  setup.rig.clock.advance(9_999);
  await settle();
  assert.equal(setup.events.length, 0);
  setup.endpoint.answer = status(200);
  setup.rig.clock.advance(1);
  await until(() => setup.events.length === 1);
  assert.equal(setup.events.at(0)?.reason, 'the endpoint must answer, got no answer within 10000 ms');
  await until(() => setup.endpoint.sockets.size === 0);
  setup.rig.clock.advance(100);
  await until(() => acknowledged(setup.rig) === 1);
});

test('an endpoint that is gone is tried again when it is back', async () => {
  await using setup = await setUp(status(200), { config: { endpoint: '', attributes: {} } });
  await setup.push[Symbol.asyncDispose]();
  const port = await freePort();
  const { rig, events } = setup;
  await using _push = startPush({
    delivery: rig.delivery,
    subscription: 's',
    config: { endpoint: `http://127.0.0.1:${port}/`, attributes: {} },
    ackDeadlineMs: 10_000,
    clock: rig.clock,
    onEvent: (event) => events.push(event),
  });
  await rig.publish('a');
  await until(() => events.length === 1);
  assert.equal(events[0]?.reason, 'the endpoint must answer, got ECONNREFUSED');
  await using back = new TestEndpoint(status(200));
  await back.listen(port);
  rig.clock.advance(100);
  await until(() => acknowledged(rig) === 1);
});

test('an answer without an end acknowledges by its status, is cut, and stops nobody else', async () => {
  const endless: Answer = (response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(64 * 1024);
    const write = (): void => {
      if (!response.destroyed) response.write(chunk, write);
    };
    write();
  };
  await using setup = await setUp(endless);
  await setup.rig.publish('a', 'b', 'c');
  await until(() => acknowledged(setup.rig) === 3);
  await until(() => setup.endpoint.sockets.size === 0);
  assert.deepEqual(setup.events, []);
});

test('an answer that stalls after its status acknowledges, and holds its place until the deadline at most', async () => {
  await using setup = await setUp((response) => response.writeHead(200).write('x'));
  await setup.rig.publish('a');
  await until(() => acknowledged(setup.rig) === 1);
  assert.equal(setup.endpoint.sockets.size, 1);
  setup.rig.clock.advance(10_000);
  await until(() => setup.endpoint.sockets.size === 0);
  assert.deepEqual(setup.events, []);
});

test('a connection is used again', async () => {
  await using setup = await setUp((response) => response.end('thanks'));
  const ports = new Set<number | undefined>();
  setup.endpoint.answer = (response) => {
    ports.add(response.socket?.remotePort);
    response.end('thanks');
  };
  for (const text of ['a', 'b', 'c']) {
    await setup.rig.publish(text);
    await until(() => setup.endpoint.pushed.length > 0 && acknowledged(setup.rig) === setup.endpoint.pushed.length);
    await until(() => setup.endpoint.texts.includes(text));
  }
  await until(() => acknowledged(setup.rig) === 3);
  assert.equal(ports.size, 1);
});

test('pushing starts with one request at a time and widens with each success, to a bound', async () => {
  const held: ServerResponse[] = [];
  await using setup = await setUp((response) => held.push(response));
  await setup.rig.publish(...Array.from({ length: 2_000 }, (_, i) => String(i)));
  const rounds: number[] = [];
  while (rounds.at(-1) !== rounds.at(-2) || rounds.length < 2) {
    const expected = Math.min(MAX_WINDOW, 2 ** rounds.length);
    await until(() => held.length === expected);
    await settle();
    rounds.push(held.length);
    for (const response of held.splice(0)) response.end();
  }
  assert.deepEqual(rounds, [1, 2, 4, 8, 16, 32, 64, 100, 100]);
});

test('while it pauses nothing is sent, however much is published', async () => {
  await using setup = await setUp(status(500));
  await setup.rig.publish('a');
  for (const pauseMs of [100, 200, 400]) {
    const { length } = setup.events;
    await until(() => setup.events.length > length || setup.rig.clock.pending > 0);
    await until(() => setup.events.length === Math.log2(pauseMs / 100) + 1);
    await setup.rig.publish('b');
    setup.rig.clock.advance(pauseMs - 1);
    await settle();
    assert.equal(setup.endpoint.pushed.length, Math.log2(pauseMs / 100) + 1);
    setup.rig.clock.advance(1);
  }
});

test('who waited for a message when the pause began sends none in it', async () => {
  const held: ServerResponse[] = [];
  await using setup = await setUp(status(200));
  await setup.rig.publish('a', 'b', 'c');
  await until(() => acknowledged(setup.rig) === 3);
  setup.endpoint.answer = (response) => held.push(response);
  await setup.rig.publish('d');
  await until(() => held.length === 1);
  held[0]?.writeHead(500).end();
  await until(() => setup.events.length === 1);
  await setup.rig.publish('e');
  setup.rig.clock.advance(99);
  await settle();
  assert.equal(held.length, 1);
  setup.rig.clock.advance(1);
  await until(() => held.length === 3);
  for (const response of held) response.end();
});

test('with ordering one message of a key is under way at a time, and other keys do not wait for it', async () => {
  const held: ServerResponse[] = [];
  const isWide = { now: false };
  await using setup = await setUp(
    (response, { body }) => {
      const { orderingKey } = JSON.parse(body).message;
      if (isWide.now && orderingKey === 'k') held.push(response);
      else response.end();
    },
    { rig: { settings: { isOrdered: true } } },
  );
  const warmUp = Array.from({ length: 20 }, (_, i) => `w${i}:w`);
  await setup.rig.publish(...warmUp);
  await until(() => acknowledged(setup.rig) === 20);
  isWide.now = true;
  await setup.rig.publish('k:1', 'k:2', 'k:3', 'l:1', 'l:2');
  const seen = (): string[] => setup.endpoint.texts.slice(20);
  const ofKey = (key: string): string[] => seen().filter((each) => each.startsWith(key));
  await until(() => ofKey('l').length === 2);
  assert.deepEqual(ofKey('k'), ['k:1']);
  held.shift()?.end();
  await until(() => ofKey('k').length === 2);
  held.shift()?.writeHead(500).end();
  await until(() => setup.events.length === 1);
  setup.rig.clock.advance(100);
  await until(() => ofKey('k').length === 3);
  held.shift()?.end();
  await until(() => ofKey('k').length === 4);
  held.shift()?.end();
  await until(() => acknowledged(setup.rig) === 25);
  assert.deepEqual(ofKey('k'), ['k:1', 'k:2', 'k:2', 'k:3']);
  assert.deepEqual(ofKey('l'), ['l:1', 'l:2']);
});

test('the delivery attempt is told where there is a dead-letter policy', async () => {
  await using setup = await setUp(status(500), { rig: { settings: { deadLetter: { maxDeliveryAttempts: 5 } } } });
  await setup.rig.publish('a');
  await until(() => setup.events.length === 1);
  setup.rig.clock.advance(100);
  await until(() => setup.events.length === 2);
  assert.deepEqual(
    setup.endpoint.pushed.map(({ body }) => JSON.parse(body).deliveryAttempt),
    [1, 2],
  );
});

test('the retry policy of the subscription holds for what was refused', async () => {
  const retry = { minimumBackoffMs: 5_000, maximumBackoffMs: 5_000 };
  await using setup = await setUp(status(500), { rig: { settings: { retry } } });
  await setup.rig.publish('a');
  await until(() => setup.events.length === 1);
  setup.rig.clock.advance(1_000);
  await settle();
  assert.equal(setup.endpoint.pushed.length, 1);
  setup.rig.clock.advance(7_000);
  await until(() => setup.events.length === 2);
});

test('a token has the claims of Google and this account and audience', async () => {
  const oidcToken = { serviceAccountEmail: 'me@p.iam.gserviceaccount.com', audience: '' };
  await using setup = await setUp(status(204));
  await setup.push[Symbol.asyncDispose]();
  const { rig, endpoint } = setup;
  const config = { endpoint: `http://127.0.0.1:${await portOf(endpoint)}/`, attributes: {}, oidcToken };
  const options = { delivery: rig.delivery, subscription: 's', ackDeadlineMs: 10_000, clock: rig.clock };
  await using _push = startPush({ ...options, config });
  await rig.publish('a');
  await until(() => acknowledged(rig) === 1);
  const [scheme, token = ''] = endpoint.pushed[0]?.headers.authorization?.split(' ') ?? [];
  assert.equal(scheme, 'Bearer');
  const [header, claims, signature] = token.split('.');
  const decoded = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString());
  assert.deepEqual({ ...decoded(header), kid: '' }, { alg: 'RS256', kid: '', typ: 'JWT' });
  const { sub, ...rest } = decoded(claims);
  assert.match(sub, /^1\d{20}$/);
  const iat = Math.floor(rig.clock.now() / 1_000);
  assert.deepEqual(rest, {
    aud: config.endpoint,
    azp: sub,
    email: oidcToken.serviceAccountEmail,
    email_verified: true,
    exp: iat + 3_600,
    iat,
    iss: 'https://accounts.google.com',
  });
  assert.equal(Buffer.from(signature ?? '', 'base64url').length, 256);

  rig.clock.advance(29 * 60_000);
  await rig.publish('b');
  await until(() => acknowledged(rig) === 2);
  assert.equal(endpoint.pushed[1]?.headers.authorization, `Bearer ${token}`);
  rig.clock.advance(2 * 60_000);
  await rig.publish('c');
  await until(() => acknowledged(rig) === 3);
  assert.notEqual(endpoint.pushed[2]?.headers.authorization, `Bearer ${token}`);
});

test('an endpoint that is no URL fails, and nothing else does', async () => {
  for (const endpoint of ['nowhere', 'ftp://127.0.0.1/']) {
    await using rig = await Rig.open();
    const events: PushFailed[] = [];
    await using _push = startPush({
      delivery: rig.delivery,
      subscription: 's',
      config: { endpoint, attributes: {} },
      ackDeadlineMs: 10_000,
      clock: rig.clock,
      onEvent: (event) => events.push(event),
    });
    await rig.publish('a');
    await until(() => events.length === 1);
    assert.match(
      events[0]?.reason ?? '',
      /^the endpoint must answer, got (ERR_INVALID_URL|TypeError: endpoint must be)/,
    );
  }
});

test('its end gives back at once what is under way, and leaves nothing open', async () => {
  await using setup = await setUp(() => {});
  await setup.rig.publish('a');
  await until(() => setup.endpoint.pushed.length === 1);
  await setup.push[Symbol.asyncDispose]();
  assert.deepEqual(await setup.rig.pullTexts(), ['a']);
  assert.deepEqual(setup.events, []);
  assert.equal(setup.rig.clock.pending <= 1, true);
  await until(() => setup.endpoint.sockets.size === 0);
});

test('its end closes the connections that it kept', async () => {
  await using setup = await setUp(status(200));
  await setup.rig.publish('a');
  await until(() => acknowledged(setup.rig) === 1);
  assert.equal(setup.endpoint.sockets.size, 1);
  await setup.push[Symbol.asyncDispose]();
  await until(() => setup.endpoint.sockets.size === 0);
});

test('its end does not wait for a message or a pause', async () => {
  await using idle = await setUp(status(200));
  await idle.push[Symbol.asyncDispose]();
  await using pausing = await setUp(status(500));
  await pausing.rig.publish('a');
  await until(() => pausing.events.length === 1);
  await pausing.push[Symbol.asyncDispose]();
});

test('a delivery that fails or is closed is asked again after a pause', async () => {
  await using rig = await Rig.open();
  const events: PushFailed[] = [];
  let pulls = 0;
  const pull: PushOptions['delivery']['pull'] = (options) => {
    pulls++;
    if (pulls === 1) return Promise.reject(new Error('damaged'));
    if (pulls === 2) return Promise.resolve([]);
    return rig.delivery.pull(options);
  };
  await using endpoint = new TestEndpoint(status(200));
  await using _push = startPush({
    delivery: {
      pull,
      acknowledge: (ids) => rig.delivery.acknowledge(ids),
      modifyAckDeadline: (ids, ms) => rig.delivery.modifyAckDeadline(ids, ms),
    },
    subscription: 's',
    config: { endpoint: await endpoint.listen(), attributes: {} },
    ackDeadlineMs: 10_000,
    clock: rig.clock,
    onEvent: (event) => events.push(event),
  });
  await until(() => events.length === 1);
  rig.clock.advance(100);
  await until(() => events.length === 2);
  rig.clock.advance(200);
  await rig.publish('a');
  await until(() => acknowledged(rig) === 1);
  assert.deepEqual(
    events.map(({ reason }) => reason),
    ['taking a message failed: Error: damaged', 'taking a message failed: Error: there is no delivery'],
  );
});

async function portOf(endpoint: TestEndpoint): Promise<number> {
  await endpoint[Symbol.asyncDispose]();
  return Number(new URL(await endpoint.listen()).port);
}

/** Long enough for a request over loopback that should not be there. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
