import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { SluiceError } from '@sluice/core';
import type { Logger } from '@sluice/runtime';
import type { ListenAddress } from './listen-address.ts';
import { EXPECTATION_FAILED, METHOD_NOT_ALLOWED, problem } from './problem.ts';
import { answerRaw, endSlowly, refuseUnreadable } from './raw-answer.ts';
import { send } from './reply.ts';

export interface ServerOptions {
  readonly address: ListenAddress;
  readonly log: Logger;
  readonly limits?: Partial<ServerLimits>;
}

export interface ServerLimits {
  /** From the connection, or the end of the last request, to the end of the headers. Default 10 s. */
  readonly headersTimeoutMs: number;
  /** From there to the end of the body. Default 30 s. */
  readonly requestTimeoutMs: number;
  /** How often the two are looked at. Default 2 s. */
  readonly checkEveryMs: number;
  /** How long a connection may be idle between requests; longer than the 60 s of common proxies. Default 65 s. */
  readonly keepAliveMs: number;
  /** Default 16 KiB. */
  readonly maxHeaderBytes: number;
  /** How long requests in hand may take once the server closes. Default 8 s. */
  readonly drainMs: number;
}

const LIMITS: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkEveryMs: 2_000,
  keepAliveMs: 65_000,
  maxHeaderBytes: 16 * 1024,
  drainMs: 8_000,
};

/** A server that accepts. Disposing of it stops that and waits for the requests in hand. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/**
 * Serves the application at the address.
 * @throws SluiceError `misconfigured` where the address cannot be listened at
 */
export async function listen(app: RequestListener, { address, log, limits }: ServerOptions): Promise<HttpServer> {
  const { headersTimeoutMs, requestTimeoutMs, checkEveryMs, keepAliveMs, maxHeaderBytes, drainMs } = {
    ...LIMITS,
    ...limits,
  };
  const connections = new Connections();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    connections.serve(request.socket, response);
    app(request, response);
  };
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: maxHeaderBytes,
      // The application refuses a request without Host itself, since Node's refusal has no body.
      requireHostHeader: false,
    },
    serve,
  );
  // The application alone knows whether it wants the body.
  server.on('checkContinue', serve);
  server.on('connection', (socket) => {
    connections.add(socket);
    // What Node does after the last answer. Where a later Node does something else, all works as before, but some who
    // send more than is taken lose their answer.
    socket.destroySoon = () => endSlowly(socket);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    refuseUnreadable(error, socket, connections.responseOf(socket)),
  );
  server.on('checkExpectation', (_request, response) =>
    send(response, problem(EXPECTATION_FAILED, 'header Expect must be 100-continue'), randomUUID()),
  );
  server.on('connect', (_request, socket: Socket) =>
    answerRaw(
      socket,
      problem(METHOD_NOT_ALLOWED, 'this is no proxy', { headers: { Allow: 'GET, POST, PUT, DELETE, OPTIONS' } }),
    ),
  );
  await bound(server, address);
  // Out of file descriptors: connections wait in the system's queue, and are accepted once there are some again.
  server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'));
  const { port, address: ip, family } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${family === 'IPv6' ? `[${ip}]` : ip}:${port}`,
    [Symbol.asyncDispose]: () => drain(server, connections, drainMs, log),
  };
}

async function bound(server: Server, { host, port }: ListenAddress): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why =
      code === 'EADDRINUSE'
        ? 'another process listens there; set SERVER_PORT to a free port'
        : `the system refuses it (${code}); see HOST and SERVER_PORT`;
    throw new SluiceError('misconfigured', `cannot listen at ${host}:${port}: ${why}`, { cause: error });
  }
}

/** How long a connection may still bring a request that was on its way when the server began to close. */
const LAST_REQUEST_MS = 500;

async function drain(server: Server, connections: Connections, drainMs: number, log: Logger): Promise<void> {
  const closed = once(server, 'close');
  // Only stops accepting; http's own `close` would also cut the idle connections, and with them requests sent but not
  // read yet.
  NetServer.prototype.close.call(server);
  connections.announceEnd();
  const endIdle = setTimeout(() => {
    server.closeIdleConnections();
    connections.cutSilent();
  }, LAST_REQUEST_MS);
  const giveUp = setTimeout(() => {
    log.warn({ drainMs }, 'requests were not finished in time, and are cut off');
    server.closeAllConnections();
  }, drainMs);
  await closed;
  clearTimeout(endIdle);
  clearTimeout(giveUp);
}

/** The open connections, each with the last request that was read from it. */
class Connections {
  readonly #responses = new Map<Socket, ServerResponse | null>();
  #closing = false;

  add(socket: Socket): void {
    this.#responses.set(socket, null);
    socket.once('close', () => this.#responses.delete(socket));
  }

  serve(socket: Socket, response: ServerResponse): void {
    // Tells the client by `Connection: close` not to send another.
    if (this.#closing) response.shouldKeepAlive = false;
    this.#responses.set(socket, response);
  }

  responseOf(socket: Socket): ServerResponse | null {
    return this.#responses.get(socket) ?? null;
  }

  /** From now on every answer that was not begun says that its connection ends with it. */
  announceEnd(): void {
    this.#closing = true;
    for (const response of this.#responses.values()) if (response) response.shouldKeepAlive = false;
  }

  /** Those that have not sent anything: Node does not count them as idle. */
  cutSilent(): void {
    for (const socket of this.#responses.keys()) if (socket.bytesRead === 0) socket.destroy();
  }
}
