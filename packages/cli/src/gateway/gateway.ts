import { Agent, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { correlationOf, type Reply, send } from '@sluice/http';
import type { Logger } from '@sluice/runtime';
import { createProxyServer } from 'httpxy';
import { type Failure, failureLine, failureReply, overloadedReply } from './failure.ts';
import { answerHeaders, requestHeaders } from './forwarded-headers.ts';
import { outageLog } from './outage-log.ts';
import { refuseUnforwardable } from './refusal.ts';
import { type Upstream, upstreamOf } from './upstream.ts';

/** Where a service listens. */
export interface UpstreamAddress {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface GatewayLimits {
  /** How long a connection to a service may take to be made, and how long one is kept without use. Default 5 s. */
  readonly connectTimeoutMs: number;
  /** How long a service may say nothing: longer than the 60 s that it may hold a look-up. Default 75 s. */
  readonly answerTimeoutMs: number;
  /** How long a client may neither send nor take anything while its request is in hand. Default 90 s. */
  readonly clientTimeoutMs: number;
  /** How many requests may be in hand at once; each takes a connection to a service. Default 5,000. */
  readonly maxInHand: number;
}

const LIMITS: GatewayLimits = {
  connectTimeoutMs: 5_000,
  answerTimeoutMs: 75_000,
  clientTimeoutMs: 90_000,
  maxInHand: 5_000,
};

export interface GatewayOptions {
  readonly upstreams: Readonly<Record<Upstream, UpstreamAddress>>;
  readonly log: Logger;
  readonly limits?: Partial<GatewayLimits>;
}

/** Disposing of it closes the idle connections to the services. */
export interface Gateway extends Disposable {
  readonly app: RequestListener;
}

const KEPT_CONNECTIONS = 256;

/**
 * Hands each request on to the service that answers it (`upstreamOf`) and the answer back, bodies as they come, both ways.
 * What it passes on is as it was sent, down to the path's bytes and the Host header, apart from what is about the
 * connection alone. A client that goes away takes its request with it; a service that breaks off in the middle of an
 * answer breaks off the client's, so that half an answer is never taken for one.
 */
export function openGateway({ upstreams, log, limits }: GatewayOptions): Gateway {
  const { connectTimeoutMs, answerTimeoutMs, clientTimeoutMs, maxInHand } = { ...LIMITS, ...limits };
  const agent = new Agent({ keepAlive: true, maxFreeSockets: KEPT_CONNECTIONS, timeout: connectTimeoutMs });
  const warn = outageLog(log);
  const timedOut = new WeakMap<IncomingMessage, Failure>();
  // The answer is written here: the proxy would join repeated headers, and decide about the client's connection.
  const proxy = createProxyServer({ agent, proxyTimeout: answerTimeoutMs, ignorePath: true, selfHandleResponse: true });
  let inHand = 0;

  const fail = (request: IncomingMessage, response: ServerResponse, failure: Failure, error: unknown): void => {
    const upstream = upstreamFor(request);
    // Of a client that has gone, nothing is said; an answer that has begun is cut by the proxy.
    if (response.destroyed || response.headersSent) return;
    warn(failureLine(failure, upstream), error);
    reply(request, response, failureReply(failure, upstream));
  };

  proxy.on('proxyReq', (proxyRequest, request, response) => {
    const { socket } = proxyRequest;
    let isConnected = !socket?.connecting;
    const onConnect = (): void => {
      isConnected = true;
    };
    // A connection used before would keep one listener more with each request.
    if (!isConnected) socket?.once('connect', onConnect);
    proxyRequest.once('timeout', () => timedOut.set(request, isConnected ? 'late' : 'unreachable'));
    // An answer that changes the protocol is dropped by Node without an error.
    proxyRequest.once('close', () => fail(request, response, 'broken', new Error('closed without an answer')));
  });
  proxy.on('proxyRes', (answer, request, response) => {
    if (response.destroyed || response.headersSent) return;
    try {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answerHeaders(answer.rawHeaders));
      answer.pipe(response);
    } catch (error) {
      // A status or a header that no server may send.
      fail(request, response, 'broken', error);
      answer.destroy();
    }
  });
  proxy.on('error', (error, request, response) => {
    if (!request || !response || !('writeHead' in response)) return;
    fail(request, response, timedOut.get(request) ?? failureOf(error), error);
  });

  return {
    app: (request, response) => {
      const refusal = inHand >= maxInHand ? overloadedReply() : refuseUnforwardable(request);
      if (refusal) return reply(request, response, refusal);
      inHand++;
      response.once('close', () => inHand--);
      // Without a listener for it, Node destroys the socket then; it sets its own time again after the answer.
      request.socket.setTimeout(clientTimeoutMs);
      // The server behind cannot be asked first: the proxy tells nothing of a request that expects an answer to that.
      if (request.headers.expect !== undefined) response.writeContinue();
      request.headers = requestHeaders(request) as IncomingMessage['headers'];
      // A path set as the target's own is left as it is; the request's would be made to begin with a slash.
      const target = { protocol: 'http:', ...upstreams[upstreamFor(request)], pathname: request.url ?? '/' };
      proxy.web(request, response, { target }).catch(() => {
        // The answer's own failure, which its end tells the client.
      });
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

const upstreamFor = ({ method = '', url = '' }: IncomingMessage): Upstream => upstreamOf(method, url);

const failureOf = (error: Error): Failure =>
  'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo') ? 'unreachable' : 'broken';

function reply(request: IncomingMessage, response: ServerResponse, answer: Reply): void {
  send(response, answer, correlationOf(request.headers).id);
}
