import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as the fake got it. */
export interface SeenRequest {
  readonly method: string | undefined;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly key: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

/** An event gateway that answers as the old one did, as far as its clients can tell. */
export interface OldGateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Events taken, by their topic. */
  readonly events: Record<string, unknown[]>;
  readonly schemas: Map<string, unknown>;
  /** Answers the next requests instead; returns false to let it answer itself. */
  instead: (request: SeenRequest, response: ServerResponse) => boolean;
}

export async function oldGateway(port = 0): Promise<OldGateway> {
  const server = createServer(async (request, response) => {
    const seen = seenOf(request, await text(request));
    gateway.seen.push(seen);
    if (!gateway.instead(seen, response)) answer(gateway, seen, response);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const listening = (server.address() as AddressInfo).port;
  const gateway: OldGateway = {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    seen: [],
    events: {},
    schemas: new Map(),
    instead: () => false,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return gateway;
}

function seenOf({ method, url = '', headers }: IncomingMessage, body: string): SeenRequest {
  const key = headers['idempotency-key'];
  return {
    method,
    path: url,
    contentType: headers['content-type'],
    key: key === undefined ? undefined : String(key),
    form: Object.fromEntries(new URLSearchParams(body)),
  };
}

export function reply(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  return true;
}

function answer({ schemas, events }: OldGateway, { method, path, form }: SeenRequest, response: ServerResponse): void {
  const [, client, event, action] = path.split('/');
  const topic = `${client}.${event}`;
  const succeed = (msg: string, more = {}) => reply(response, 200, { code: 'SUCCEEDED', msg, ...more });
  const fail = (msg: string) => reply(response, 400, { code: 'FAILED', msg });
  switch (`${method} ${action}`) {
    case 'POST register_event':
      if (form.event_schema === undefined) fail("'event_schema' key not in data");
      else if (schemas.has(topic)) fail('failed to register event');
      else {
        schemas.set(topic, JSON.parse(form.event_schema));
        succeed('event registered');
      }
      return;
    case 'POST send_event':
      if (form.event === undefined) fail("'event' key not in data");
      else if (!schemas.has(topic)) fail('failed to send event');
      else {
        events[topic] = [...(events[topic] ?? []), JSON.parse(form.event)];
        succeed('event sent');
      }
      return;
    case 'GET schema':
      if (schemas.has(topic)) succeed('schema recovered', { schema: schemas.get(topic) });
      else fail('event not registered');
      return;
    default:
      response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>Not Found</h1>');
  }
}
