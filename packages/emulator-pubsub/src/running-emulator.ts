import type { AddressInfo, Server, Socket } from 'node:net';
import { LogError } from '@sluice/durable-log';
import type { RequestContext } from './apis/define.ts';
import { RPCS } from './apis/registry.ts';
import type { Faults } from './faults.ts';
import { diskFull, exhausted, internal } from './grpc/errors.ts';
import { GrpcServer } from './grpc/grpc-server.ts';
import type { RpcError } from './grpc/rpc-error.ts';
import type { Settings } from './options.ts';
import { startRetention } from './resources/retention.ts';
import type { Service } from './resources/service.ts';
import { isExhausted } from './storage/disk-guard.ts';

/** A running emulator. Disposing of it answers what is under way, ends what streams, then closes. */
export interface PubSubEmulator extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `host:port`, as `PUBSUB_EMULATOR_HOST` takes it. */
  readonly address: string;
  /** Makes things go wrong, for tests of clients. */
  readonly faults: Faults;
  /** Settles when the emulator has ended: with the reason, where the disk failed it; with undefined once closed. */
  readonly ended: Promise<Error | undefined>;
}

interface Parts {
  readonly service: Service;
  readonly server: Server;
  /** Aborted here, as soon as no more requests are taken. */
  readonly stopping: AbortController;
  /** What is disposed of in the end. */
  readonly owned: AsyncDisposable;
}

/** Connects a listening server with what is stored. */
export class RunningEmulator implements PubSubEmulator {
  readonly host: string;
  readonly port: number;
  readonly ended: Promise<Error | undefined>;
  readonly #parts: Parts;
  readonly #drainTimeoutMs: number;
  readonly #grpc: GrpcServer<Pick<RequestContext, 'service'>>;
  readonly #sockets = new Set<Socket>();
  readonly #stopRetention: () => Promise<void>;
  #closing: Promise<void> | undefined;
  #end: (reason: Error | undefined) => void = () => undefined;

  constructor(settings: Settings, parts: Parts) {
    const { host, maxMessageBytes, maxArrivingBytes, retentionIntervalMs } = settings;
    const { service, server } = parts;
    this.host = host;
    this.port = (server.address() as AddressInfo).port;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#parts = parts;
    this.#drainTimeoutMs = settings.drainTimeoutMs;
    this.#grpc = new GrpcServer({
      maxMessageBytes,
      maxArrivingBytes,
      rpcs: RPCS,
      shared: { service },
      translate: (path, client, error) => this.#translate(path, client, error),
    });
    this.#stopRetention = startRetention(service, retentionIntervalMs);
    server.on('error', (error) => this.fail(error));
  }

  get address(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  get faults(): Faults {
    return this.#parts.service.faults;
  }

  accept(socket: Socket): void {
    if (socket.destroyed) return;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    this.#grpc.accept(socket);
  }

  /** Cuts every connection in this very turn, so that nothing more can be acknowledged, then closes. */
  fail(error: Error): void {
    if (this.#closing !== undefined) return;
    this.#parts.service.log({ kind: 'failed', error });
    this.#cut();
    this.#closing = this.#close(error).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close(undefined);
    return this.#closing;
  }

  #translate(path: string, client: string, error: unknown): RpcError {
    this.#parts.service.log({ kind: 'request-failed', client, path, error });
    if (error instanceof LogError && error.code === 'no-space') return diskFull();
    return isExhausted(error) ? exhausted() : internal();
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #close(reason: Error | undefined): Promise<void> {
    const { server, stopping, owned } = this.#parts;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const drained = this.#grpc.drain();
    stopping.abort();
    const timer = setTimeout(() => this.#cut(), this.#drainTimeoutMs);
    await Promise.all([closed, drained]);
    clearTimeout(timer);
    try {
      await this.#stopRetention();
      await owned[Symbol.asyncDispose]();
    } finally {
      this.#end(reason);
    }
  }
}
