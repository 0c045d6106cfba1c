import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** `up` from the client to the server, `down` back. */
export type Direction = 'up' | 'down';

/** How a connection ends: politely (FIN), or as when a machine dies and comes back (RST). */
export type Cut = 'end' | 'reset';

/**
 * Stands between clients and a server, and makes the way fail: at exact numbers of bytes, never by time, so that a failure
 * can be had again. Faults hold for the connections that are open and those that come, until `heal`.
 */
export interface TcpProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `host:port` */
  readonly address: string;
  /** Where the server is; may change, as when it comes back on another port. */
  target: { readonly host: string; readonly port: number };
  /** Bytes passed on so far, over all connections. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Bytes that went into a black hole. */
  readonly swallowed: Readonly<Record<Direction, number>>;
  /** Connections that were accepted so far, and those that are open. */
  readonly accepted: number;
  readonly open: number;
  /** Cuts the connection that passes on the byte number `bytes` from now in that direction, right after that byte; once. */
  cutAfter(direction: Direction, bytes: number, how?: Cut): void;
  /** Cuts every open connection now. */
  cutAll(how?: Cut): void;
  /** Passes nothing on in that direction, and says nothing of it: a half-open connection. */
  blackhole(direction: Direction): void;
  /**
   * Passes nothing on any more of the connections that are open now, either way, and never says so: the peer is gone
   * without a word. New connections are as good as ever. For good: `heal` does not help them.
   */
  strand(): void;
  /** Passes everything on in pieces of so many bytes, each by itself. */
  slice(bytes: number): void;
  /** Cuts every connection that comes, as soon as it comes. */
  refuse(): void;
  /** Ends all faults; what was held back by a black hole is lost for good, and its connection reset. */
  heal(): void;
}

/** Listens on a free port of 127.0.0.1. */
export async function tcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const server = createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new FaultyProxy(server, target);
}

/** One connection through the proxy. */
interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Bytes were swallowed: nothing sensible can follow on it. */
  maimed: boolean;
  stranded: boolean;
}

class FaultyProxy implements TcpProxy {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly passed = { up: 0, down: 0 };
  readonly swallowed = { up: 0, down: 0 };
  target: { readonly host: string; readonly port: number };
  accepted = 0;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #holes = new Set<Direction>();
  #cut: { readonly direction: Direction; readonly at: number; readonly how: Cut } | null = null;
  #sliceBytes = Number.POSITIVE_INFINITY;
  #refusing = false;

  constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.target = target;
    server.on('connection', (client) => this.#accept(client));
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  get open(): number {
    return this.#pairs.size;
  }

  cutAfter(direction: Direction, bytes: number, how: Cut = 'reset'): void {
    this.#cut = { direction, at: this.passed[direction] + bytes, how };
  }

  cutAll(how: Cut = 'reset'): void {
    for (const pair of this.#pairs) cut(pair, how);
  }

  blackhole(direction: Direction): void {
    this.#holes.add(direction);
  }

  strand(): void {
    for (const pair of this.#pairs) pair.stranded = true;
  }

  slice(bytes: number): void {
    this.#sliceBytes = bytes;
  }

  refuse(): void {
    this.#refusing = true;
  }

  heal(): void {
    this.#holes.clear();
    this.#cut = null;
    this.#sliceBytes = Number.POSITIVE_INFINITY;
    this.#refusing = false;
    for (const pair of this.#pairs) if (pair.maimed && !pair.stranded) cut(pair, 'reset');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cutAll();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.accepted++;
    client.on('error', () => client.destroy());
    if (this.#refusing) {
      reset(client);
      return;
    }
    const upstream = connect({ ...this.target, noDelay: true });
    upstream.on('error', () => reset(client));
    const pair: Pair = { client, upstream, maimed: false, stranded: false };
    this.#pairs.add(pair);
    this.#carry(pair, 'up', client, upstream);
    this.#carry(pair, 'down', upstream, client);
    // A side that is gone takes the other with it, unless nothing passes from there: that is what half-open means.
    client.on('close', () => this.#forget(pair, 'up', upstream));
    upstream.on('close', () => this.#forget(pair, 'down', client));
  }

  #forget(pair: Pair, direction: Direction, other: Socket): void {
    if (this.#swallows(pair, direction)) {
      pair.maimed = true;
      return;
    }
    this.#pairs.delete(pair);
    other.destroy();
  }

  #carry(pair: Pair, direction: Direction, from: Socket, to: Socket): void {
    from.on('data', (chunk) => {
      for (let at = 0; at < chunk.length; ) {
        if (this.#swallows(pair, direction)) {
          this.swallowed[direction] += chunk.length - at;
          pair.maimed = true;
          return;
        }
        const piece = chunk.subarray(at, at + this.#pieceBytes(direction));
        at += piece.length;
        this.passed[direction] += piece.length;
        if (!to.write(piece)) waitFor(from, to);
        const due = this.#cut;
        if (due?.direction === direction && this.passed[direction] >= due.at) {
          this.#cut = null;
          // What was passed on arrives before the end does.
          to.write('', () => cut(pair, due.how));
          return;
        }
      }
    });
    from.on('end', () => {
      if (!this.#swallows(pair, direction)) to.end();
    });
  }

  #swallows({ stranded }: Pair, direction: Direction): boolean {
    return stranded || this.#holes.has(direction);
  }

  /** How much may pass in one piece: up to the next cut, and no more than a slice. */
  #pieceBytes(direction: Direction): number {
    const due = this.#cut?.direction === direction ? this.#cut.at - this.passed[direction] : Number.POSITIVE_INFINITY;
    return Math.max(1, Math.min(this.#sliceBytes, due));
  }
}

function cut({ client, upstream }: Pair, how: Cut): void {
  for (const socket of [client, upstream]) {
    if (how === 'reset') reset(socket);
    else socket.end(() => socket.destroy());
  }
}

/**
 * RST. Not once the socket has begun to end: libuv refuses a reset while a shutdown is under way, and Node then takes the
 * handle for closed although it is not, so that the process spins for ever when it wants to end.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** Back-pressure: reads no faster than the other side takes it. */
function waitFor(from: Socket, to: Socket): void {
  if (from.isPaused()) return;
  from.pause();
  to.once('drain', () => from.resume());
}
