import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a receiver does with a push once it has it. */
export type Conduct = 'take' | 'refuse' | 'hang' | 'trickle';

export interface Push {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly samples: ReadonlyMap<string, Sample>;
}

export interface Sample {
  readonly type: string;
  readonly help: string;
  readonly value: number;
}

/** Stands in for a Pushgateway, and reads what it is given more strictly. */
export interface PushReceiver extends AsyncDisposable {
  readonly url: URL;
  readonly pushes: readonly Push[];
  /** What was wrong with pushes. */
  readonly faults: readonly string[];
  /** Of what comes from now on. */
  conduct: Conduct;
  /** How many pushes wait for an answer's end. */
  open(): number;
}

export async function pushReceiver(): Promise<PushReceiver> {
  const pushes: Push[] = [];
  const faults: string[] = [];
  const open = new Set<ServerResponse>();
  const receiver = { conduct: 'take' as Conduct };
  const server = createServer(async (request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    try {
      pushes.push({ method, path, headers, samples: samplesOf(Buffer.concat(chunks).toString()) });
    } catch (error) {
      faults.push(String(error));
    }
    answer(response, receiver.conduct);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(receiver, {
    url: new URL(`http://127.0.0.1:${port}`),
    pushes,
    faults,
    open: () => open.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  });
}

function answer(response: ServerResponse, conduct: Conduct): void {
  switch (conduct) {
    case 'take':
      response.writeHead(200).end();
      return;
    case 'refuse':
      response.writeHead(500).end('no');
      return;
    case 'hang':
      return;
    case 'trickle': {
      response.writeHead(202, { 'Content-Length': '1000000' });
      const timer = setInterval(() => response.write('.'), 10);
      response.once('close', () => clearInterval(timer));
      return;
    }
    default:
      conduct satisfies never;
  }
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const HELP = new RegExp(`^# HELP (${NAME}) (.*)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`);
const SAMPLE = new RegExp(`^(${NAME}) (\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`);

/**
 * Reads the text format (https://prometheus.io/docs/instrumenting/exposition_formats/), of samples without labels: the
 * gateway refuses a push that brings its own `job` or `instance`.
 * @throws where a line is none, or a sample comes before its type or twice
 */
function samplesOf(text: string): ReadonlyMap<string, Sample> {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  const helps = new Map<string, string>();
  const types = new Map<string, string>();
  const samples = new Map<string, Sample>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, helped, help = ''] = HELP.exec(line) ?? [];
    const [, typed, type = ''] = TYPE.exec(line) ?? [];
    const [, name, value] = SAMPLE.exec(line) ?? [];
    if (helped !== undefined) helps.set(helped, help);
    else if (typed !== undefined && !samples.has(typed)) types.set(typed, type);
    else if (name !== undefined && types.has(name) && !samples.has(name)) {
      samples.set(name, { type: types.get(name) ?? '', help: helps.get(name) ?? '', value: Number(value) });
    } else throw new Error(`a line must be of the exposition format, in its order, got ${JSON.stringify(line)}`);
  }
  return samples;
}
