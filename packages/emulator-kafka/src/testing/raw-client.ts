import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FrameAssembler } from '../protocol/frames.ts';
import { Reader } from '../protocol/reader.ts';
import { Writer } from '../protocol/writer.ts';

export interface RawRequest {
  readonly key: number;
  readonly version: number;
  readonly flexible?: boolean;
  readonly clientId?: string | null;
  readonly body?: (writer: Writer) => void;
  /** The broker will not answer: acks=0. */
  readonly unanswered?: boolean;
}

/** For tests: sends what it is told, well-formed or not, and gives the responses back in the order they come. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  readonly #frames = new FrameAssembler(2 ** 31 - 1);
  readonly #waiting: { resolve: (frame: Buffer) => void; reject: (error: Error) => void }[] = [];
  #arrived: Buffer[] = [];
  #correlationId = 0;
  /** Of the requests to be answered, in order. */
  readonly #expected: number[] = [];
  #closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#frames.push(chunk);
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        const waiting = this.#waiting.shift();
        if (waiting === undefined) this.#arrived.push(frame);
        else waiting.resolve(frame);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection was closed'));
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = connect({ port, host });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Sends a request without waiting for its response. */
  send(request: RawRequest): void {
    this.#correlationId += 1;
    if (request.unanswered !== true) this.#expected.push(this.#correlationId);
    this.socket.write(encodeRequest(request, this.#correlationId));
  }

  /** The next response's body, after its header; it must answer the next request. */
  async receive(flexibleHeader = false): Promise<Reader> {
    const reader = new Reader(await this.receiveFrame());
    const [correlationId, expected] = [reader.int32(), this.#expected.shift()];
    if (correlationId !== expected) throw new Error(`request ${expected} was to be answered, not ${correlationId}`);
    reader.flexible = flexibleHeader;
    reader.tags();
    return reader;
  }

  /** Sends a request and decodes its response. */
  async request<T>(request: RawRequest, decode: (body: Reader) => T): Promise<T> {
    this.send(request);
    const { flexible = false, key } = request;
    const body = await this.receive(flexible && key !== 18);
    body.flexible = flexible;
    const value = decode(body);
    if (body.remaining !== 0) throw new Error(`${body.remaining} bytes follow the response of API ${key}`);
    return value;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Resolves once the other side has closed the connection. */
  async closed(): Promise<void> {
    if (!this.#closed) await once(this.socket, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed();
  }

  /** The next response as it came, without its length. */
  receiveFrame(): Promise<Buffer> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    if (this.#closed) return Promise.reject(new Error('the connection was closed'));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

export function encodeRequest(request: RawRequest, correlationId: number): Buffer {
  const { key, version, flexible = false, clientId = 'raw', body } = request;
  const writer = new Writer();
  writer.int32(0);
  writer.int16(key);
  writer.int16(version);
  writer.int32(correlationId);
  writer.nullableString(clientId);
  writer.flexible = flexible;
  writer.tags();
  body?.(writer);
  const bytes = Buffer.concat(writer.finish());
  bytes.writeInt32BE(bytes.length - 4, 0);
  return bytes;
}
