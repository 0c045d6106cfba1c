import type { Socket } from 'node:net';
import type { AnswerShare } from './answer-budget.ts';
import { unsupportedApiVersions } from './apis/18-api-versions.ts';
import type { Broker, KafkaApi, RequestContext } from './context.ts';
import type { Outcome } from './protocol/api.ts';
import { FrameAssembler } from './protocol/frames.ts';
import { encodeResponse, type Request, readRequest } from './protocol/request.ts';
import { MalformedFrameError } from './protocol/types.ts';

/** Limits on what one connection may have under way before no more is read from it. */
const MAX_IN_FLIGHT_REQUESTS = 64;
const MAX_IN_FLIGHT_BYTES = 32 * 1024 * 1024;

/** After so long Apache Kafka cuts off whoever neither sends nor takes in anything (`connections.max.idle.ms`). */
const UNREAD_TIMEOUT_MS = 600_000;

export interface ConnectionLimits {
  /** The largest request accepted. */
  readonly maxFrameBytes: number;
  /** A client that takes in nothing of its answer for so long is cut off. Default 10 minutes. */
  readonly unreadTimeoutMs?: number;
}

type KafkaRequest = Request<RequestContext>;

/** A request that has begun; its outcome waits here until all earlier ones have been answered. */
interface InFlight {
  readonly request: KafkaRequest;
  /** Of the memory for answers. */
  readonly share: AnswerShare;
  outcome: Outcome | undefined;
}

/**
 * One client's connection: frames in, responses out in the order of the requests.
 *
 * A request begins once every earlier one is answered, unless both are of an API that overlaps (Produce). While the
 * client does not read its responses, no further request begins, and soon nothing more is read from it.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #broker: Broker;
  readonly #apis: ReadonlyMap<number, KafkaApi>;
  readonly #frames: FrameAssembler;
  readonly #inFlight: InFlight[] = [];
  #inFlightBytes = 0;
  /** Decoded, but not yet allowed to begin. */
  #next: KafkaRequest | undefined;
  readonly #ended = new AbortController();
  readonly #name: string;
  readonly #clientHost: string;
  #draining = false;

  constructor(socket: Socket, broker: Broker, apis: ReadonlyMap<number, KafkaApi>, limits: ConnectionLimits) {
    const { maxFrameBytes, unreadTimeoutMs = UNREAD_TIMEOUT_MS } = limits;
    this.#socket = socket;
    this.#broker = broker;
    this.#apis = apis;
    this.#frames = new FrameAssembler(maxFrameBytes);
    this.#name = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#clientHost = `/${socket.remoteAddress}`;
    socket.on('data', (chunk: Buffer) => {
      this.#frames.push(chunk);
      this.#pump();
    });
    socket.on('drain', () => this.#pump());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#ended.abort();
      broker.arriving.hold(this, 0);
    });
    socket.setTimeout(unreadTimeoutMs, () => this.#endUnread(unreadTimeoutMs));
  }

  /** Begins no further request, ends what waits for data, answers what is under way, then closes. */
  drain(): void {
    this.#draining = true;
    this.#ended.abort();
    this.#endIfIdle();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  cut(reason: string): void {
    this.#refuse(new MalformedFrameError(reason));
  }

  #endIfIdle(): void {
    if (this.#draining && this.#inFlight.length === 0) this.#socket.end(() => this.#socket.destroy());
  }

  #pump(): void {
    try {
      while (!this.#draining && !this.#socket.destroyed) {
        this.#next ??= this.#read();
        if (this.#next === undefined || !this.#mayBegin(this.#next)) break;
        const request = this.#next;
        this.#next = undefined;
        this.#begin(request);
      }
    } catch (error) {
      this.#refuse(error instanceof Error ? error : new Error(String(error)));
    }
    if (!this.#socket.destroyed) this.#broker.arriving.hold(this, this.#frames.partialBytes + (this.#next?.bytes ?? 0));
    if (this.#frames.congested) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #read(): KafkaRequest | undefined {
    const frame = this.#frames.next();
    return frame === undefined ? undefined : readRequest(frame, this.#apis);
  }

  #mayBegin({ api }: KafkaRequest): boolean {
    if (this.#socket.writableNeedDrain) return false;
    const last = this.#inFlight.at(-1);
    if (last === undefined) return true;
    return (
      api.overlaps === true &&
      last.request.api.overlaps === true &&
      this.#inFlight.length < MAX_IN_FLIGHT_REQUESTS &&
      this.#inFlightBytes < MAX_IN_FLIGHT_BYTES
    );
  }

  #begin(request: KafkaRequest): void {
    const entry: InFlight = { request, share: this.#broker.answerBudget.share(), outcome: undefined };
    this.#inFlight.push(entry);
    this.#inFlightBytes += request.bytes;
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = this.#handle(entry);
    } catch (error) {
      this.#fail(entry, error);
      return;
    }
    if (outcome instanceof Promise) {
      outcome.then(
        (settled) => {
          this.#settle(entry, settled);
          this.#pump();
        },
        (error: unknown) => this.#fail(entry, error),
      );
    } else {
      this.#settle(entry, outcome);
    }
  }

  #handle({ request, share }: InFlight): Outcome | Promise<Outcome> {
    const { api, version, supported, clientId, body } = request;
    if (!supported) return unsupportedApiVersions();
    const context = { broker: this.#broker, clientId, clientHost: this.#clientHost, signal: this.#ended.signal, share };
    return api.handle(body, version, context);
  }

  #settle(entry: InFlight, outcome: Outcome): void {
    entry.outcome = outcome;
    try {
      for (let first = this.#inFlight[0]; first?.outcome !== undefined; first = this.#inFlight[0]) {
        this.#inFlight.shift();
        this.#inFlightBytes -= first.request.bytes;
        this.#answer(first, first.outcome);
      }
    } catch (error) {
      this.#fail(entry, error);
    }
    this.#endIfIdle();
  }

  #answer({ request, share }: InFlight, outcome: Outcome): void {
    if (typeof outcome === 'string' || this.#socket.destroyed) {
      share.release();
      if (outcome === 'disconnect') this.#socket.destroySoon();
      return;
    }
    // Whatever else is answered in this turn, such as the requests that shared a sync, goes out in the same write.
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    const pieces = encodeResponse(request, outcome);
    // Called with what went before, and also where the connection ends instead.
    const written = (): void => share.release();
    for (const [index, piece] of pieces.entries()) {
      if (index === pieces.length - 1) this.#socket.write(piece, written);
      else this.#socket.write(piece);
    }
  }

  #fail({ request, share }: InFlight, error: unknown): void {
    if (error instanceof MalformedFrameError) {
      this.#refuse(error);
    } else {
      this.#socket.destroy();
      this.#broker.log({ kind: 'request-failed', client: this.#name, api: request.api.name, error });
    }
    // Not before the socket has forgotten what it was given of the answer: others read into that memory then.
    share.release();
  }

  #endUnread(unreadMs: number): void {
    if (this.#socket.writableLength === 0) return;
    this.#socket.destroy();
    this.#broker.log({ kind: 'answer-unread', client: this.#name, unreadMs });
  }

  #refuse({ message }: Error): void {
    this.#socket.destroy();
    this.#broker.log({ kind: 'frame-refused', client: this.#name, reason: message });
  }
}
