import type { Socket } from 'node:net';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { ArrivingBytes } from './arriving-bytes.ts';
import { countArriving } from './count-arriving.ts';
import { shortenLongDeadlines } from './long-deadlines.ts';
import type { Rpc, StreamRpc, UnaryRpc } from './rpc.ts';
import { CODES, RpcError } from './rpc-error.ts';
import { statusDetails } from './status-details.ts';
import { readRequests } from './stream-requests.ts';

/** What a handler is given beside its request. */
export interface CallContext {
  /** Aborted when nobody waits for the answer any more: the client has gone, or its deadline has passed. */
  readonly signal: AbortSignal;
  /** The client's address. */
  readonly client: string;
}

export interface GrpcServerOptions<Shared> {
  /** A longer message ends its call with RESOURCE_EXHAUSTED before it has arrived. */
  readonly maxMessageBytes: number;
  /** Of all requests that are not answered yet. */
  readonly maxArrivingBytes: number;
  readonly rpcs: readonly Rpc<CallContext & Shared>[];
  /** What every handler is given beside what is about its call. */
  readonly shared: Shared;
  /** Makes an answer of what a handler threw that is none. */
  readonly translate: (path: string, client: string, error: unknown) => RpcError;
}

const asItIs = (bytes: Buffer): Buffer => bytes;

/** Serves gRPC on the connections that it is handed. */
export class GrpcServer<Shared extends object> {
  readonly #server: Server;
  readonly #injector: ReturnType<Server['createConnectionInjector']>;
  readonly #shared: Shared;
  readonly #translate: GrpcServerOptions<Shared>['translate'];

  constructor({ maxMessageBytes, maxArrivingBytes, rpcs, shared, translate }: GrpcServerOptions<Shared>) {
    this.#shared = shared;
    this.#translate = translate;
    shortenLongDeadlines();
    this.#server = new Server({
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': -1,
      // One client may have some hundred streaming pulls on one connection, and acknowledges beside them.
      'grpc.max_concurrent_streams': 1000,
      // Without this the library keeps a record of every connection there ever was.
      'grpc.enable_channelz': 0,
      // No pings of ours: a client that stands still, in a debugger say, would be cut off. Who has vanished is found out by
      // TCP's own keep-alive; pings of clients are always answered.
      interceptors: [countArriving(new ArrivingBytes(maxArrivingBytes))],
    });
    for (const rpc of rpcs) {
      if (rpc.kind === 'unary') {
        this.#server.register(rpc.path, this.#unary(rpc), asItIs, asItIs, 'unary');
      } else {
        this.#server.register(rpc.path, this.#stream(rpc), asItIs, asItIs, 'bidi');
      }
    }
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  accept(socket: Socket): void {
    this.#injector.injectConnection(socket);
  }

  /** Takes no more calls. Resolves when those under way have ended and the connections are closed. */
  drain(): Promise<void> {
    return new Promise((resolve) => this.#server.tryShutdown(() => resolve()));
  }

  /** Ends every call and connection in this very turn. */
  destroy(): void {
    this.#server.forceShutdown();
  }

  #unary(rpc: UnaryRpc<CallContext & Shared>) {
    return (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void => {
      const context = contextOf(call, this.#shared);
      const fail = (error: unknown): void => answer(this.#status(rpc.path, context, error));
      try {
        const bytes = rpc.answer(call.request, context);
        if (bytes instanceof Promise) bytes.then((done) => answer(null, done), fail);
        else answer(null, bytes);
      } catch (error) {
        fail(error);
      }
    };
  }

  #stream(rpc: StreamRpc<CallContext & Shared>) {
    return (call: ServerDuplexStream<Buffer, Buffer>): void => {
      const context = contextOf(call, this.#shared);
      rpc.serve({ requests: readRequests(call), write: writer(call, context.signal) }, context).then(
        () => call.end(),
        (error: unknown) => {
          // Nobody listens any more where the call was cancelled: what a write failed with is no failure of ours.
          if (!context.signal.aborted) call.emit('error', this.#status(rpc.path, context, error));
        },
      );
    };
  }

  #status(path: string, { client }: CallContext, error: unknown) {
    const status = error instanceof RpcError ? error : this.#translate(path, client, error);
    const { code, message } = status;
    const metadata = new Metadata();
    const details = statusDetails(status);
    if (details !== undefined) metadata.set('grpc-status-details-bin', details);
    return Object.assign(new Error(message), { code: CODES[code], details: message, metadata });
  }
}

/** Writes that are under way when the call is cancelled never come back from the library: they fail here. */
function writer(call: ServerDuplexStream<Buffer, Buffer>, signal: AbortSignal): (message: Buffer) => Promise<void> {
  const pending = new Set<(reason: unknown) => void>();
  signal.addEventListener('abort', () => {
    for (const reject of pending) reject(signal.reason);
  });
  return (message) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      pending.add(reject);
      call.write(message, (error: Error | null | undefined) => {
        pending.delete(reject);
        if (error) reject(error);
        else resolve();
      });
    });
}

function contextOf<Shared extends object>(
  call: ServerUnaryCall<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>,
  shared: Shared,
): CallContext & Shared {
  // The library says so of every call that has ended, well or not: each would abort a signal, which makes an error with its
  // stack, while few handlers ask for one.
  let isOver = false;
  let controller: AbortController | undefined;
  call.on('cancelled', () => {
    isOver = true;
    controller?.abort();
  });
  return {
    ...shared,
    client: call.getPeer(),
    get signal() {
      if (controller === undefined) {
        controller = new AbortController();
        if (isOver) controller.abort();
      }
      return controller.signal;
    },
  };
}
