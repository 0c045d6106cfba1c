import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refused } from '../observation.ts';
import type { Plain } from '../plain.ts';
import { texts } from '../received.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

/*
 * The endpoint is on the loopback of the machine. A server in a container cannot reach it, so where the server under test
 * is pstest this sees nothing of what it would push. That is what it does anyway: it keeps a push configuration as data
 * and has no code that sends (it was looked at running on the machine itself, too).
 */
export const pushingScenarios: readonly Scenario[] = [
  { name: 'push: deliveries', run: deliveries },
  { name: 'push: unwrapped', run: unwrapped },
  { name: 'push: settings', run: settings },
];

const PUSHED_MS = 5_000;

interface Pushed {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly body: string;
}

async function endpoint(
  answer: (count: number) => number,
): Promise<{ url: string; pushed: Pushed[] } & AsyncDisposable> {
  const pushed: Pushed[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      pushed.push({ headers: request.headers, method: request.method ?? '', body: Buffer.concat(chunks).toString() });
      response.writeHead(answer(pushed.length)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push?token=t`,
    pushed,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Envelope {
  readonly subscription?: string;
  readonly message?: {
    readonly data?: string;
    readonly messageId?: string;
    readonly publishTime?: string;
    readonly attributes?: Plain;
    readonly orderingKey?: string;
  };
}

async function deliveries(the: World): Promise<void> {
  await using hook = await endpoint((count) => (count === 1 ? 503 : 204));
  const { topic, subscription } = await the.newPair('hook', { pushConfig: { pushEndpoint: hook.url } });
  const [id] = await the.publish(topic, { data: 'pushed', attributes: { a: '1' } });
  await the.fact(
    'a message is pushed until it is taken',
    the.sees(() => hook.pushed.length === 2, PUSHED_MS),
    true,
  );
  const [first, second] = hook.pushed.map(({ body }) => JSON.parse(body) as Envelope);
  await the.fact(
    'as JSON, by POST',
    [hook.pushed[0]?.method ?? null, hook.pushed[0]?.headers['content-type'] ?? null],
    ['POST', 'application/json'],
  );
  await the.fact('with its subscription', first?.subscription ?? null, 'projects/p/subscriptions/hook-sub');
  await the.fact(
    'and its body in base64',
    [Buffer.from(first?.message?.data ?? '', 'base64').toString(), first?.message?.attributes ?? null],
    ['pushed', { a: '1' }],
  );
  await the.fact(
    'under its id, with its time',
    [first?.message?.messageId === id, Date.parse(first?.message?.publishTime ?? '') > 0],
    [true, true],
  );
  await the.fact(
    'the same again',
    first?.message?.messageId !== undefined && first.message.messageId === second?.message?.messageId,
    true,
  );
  await the.fact(
    'what was taken does not come again',
    !(await the.sees(() => hook.pushed.length > 2, 500)) && hook.pushed.length === 2,
    true,
  );
  await the.fact('it becomes a pull subscription', the.rpc('modifyPushConfig', { subscription, pushConfig: {} }), {});
  const before = hook.pushed.length;
  await the.publish(topic, 'pulled');
  // A server that pushed nothing still has the other one, and gives them in any order.
  const seen: string[] = [];
  const comes = async (): Promise<boolean> => {
    seen.push(...texts(await the.pull(subscription, 1, true)));
    return seen.includes('pulled');
  };
  await the.fact('which is pulled', the.sees(comes, PUSHED_MS), true);
  await the.fact('and no more pushed', hook.pushed.length - before, 0);
}

async function unwrapped(the: World): Promise<void> {
  await using hook = await endpoint(() => 200);
  const { topic } = await the.newPair('raw', {
    pushConfig: { pushEndpoint: hook.url, noWrapper: { writeMetadata: true } },
  });
  await the.publish(topic, { data: '{"raw":true}', attributes: { mine: 'yes' } });
  await the.fact(
    'a message is pushed',
    the.sees(() => hook.pushed.length === 1, PUSHED_MS),
    true,
  );
  const { body = null, headers } = hook.pushed[0] ?? {};
  await the.fact('as it is', body, '{"raw":true}');
  await the.fact(
    'with what is about it in headers',
    [headers?.['x-goog-pubsub-subscription-name'] ?? null, headers?.mine ?? null],
    ['projects/p/subscriptions/raw-sub', 'yes'],
  );
}

async function settings(the: World): Promise<void> {
  const { topic, subscription } = await the.newPair('settings');
  const config = { pushEndpoint: 'https://example.com/push' };
  await the.fact('push is set', the.rpc('modifyPushConfig', { subscription, pushConfig: config }), {});
  const found = (await the.rpc('getSubscription', { subscription })) as { pushConfig?: Plain };
  await the.fact('and found', found.pushConfig ?? null, {
    pushEndpoint: 'https://example.com/push',
    attributes: { 'x-goog-version': 'v1' },
    wrapper: 'pubsubWrapper',
    pubsubWrapper: {},
  });
  await the.fact(
    'of a missing subscription',
    the.rpc('modifyPushConfig', { subscription: the.subscription('absent'), pushConfig: config }),
    refused('NOT_FOUND', /absent/),
  );
  await the.fact(
    'a push subscription is not pulled',
    the.rpc('pull', { subscription, maxMessages: 1, returnImmediately: true }),
    refused('FAILED_PRECONDITION'),
  );
  let made = 0;
  const create = async (pushConfig: object) => {
    const answer = await the.rpc('createSubscription', {
      name: the.subscription(`pushy-${made++}`),
      topic,
      ackDeadlineSeconds: 10,
      pushConfig,
    });
    return 'error' in (answer as object) ? answer : 'made';
  };
  await the.fact(
    'an endpoint that is no URL',
    create({ pushEndpoint: 'nowhere' }),
    refused('INVALID_ARGUMENT', /endpoint/i),
  );
  await the.fact(
    'an endpoint of another protocol',
    create({ pushEndpoint: 'ftp://example.com/push' }),
    refused('INVALID_ARGUMENT', /endpoint/i),
  );
  await the.fact(
    'an attribute that nobody knows',
    create({ ...config, attributes: { colour: 'red' } }),
    refused('INVALID_ARGUMENT'),
  );
}
