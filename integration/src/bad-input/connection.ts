import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { request } from './request.ts';

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PATIENCE_MS = 20_000;
const HEALTH = request('GET /health');

/**
 * One connection to a service, kept from request to request and made anew where the service ends it. Bytes go out as
 * they are, one request at a time.
 */
export class Connection implements Disposable {
  readonly #port: number;
  #socket: Socket | undefined;
  /** What came and was not read as an answer. */
  #received: Buffer = Buffer.alloc(0);
  #arrived: () => void = () => {};

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /** @throws Error where no whole answer comes in time, or the connection ends before */
  async ask(bytes: Buffer, { isBare = false } = {}): Promise<Answer> {
    const socket = this.#socket ?? (await this.#open());
    socket.write(bytes);
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const answer = this.#take(isBare);
      if (answer) return answer;
      if (socket.destroyed) throw new Error(`the connection ended after ${this.#received.length} bytes of an answer`);
      await this.#more(deadline);
    }
  }

  /** Whether the very connection that brought the last answer brings another one. */
  async lives(): Promise<boolean> {
    if (!this.#socket || this.#socket.destroyed || this.#received.length > 0) return false;
    const { status, body } = await this.ask(HEALTH);
    return status === 200 && body.includes('"UP"');
  }

  /** Resolves when the service has ended the connection. */
  async ended(): Promise<void> {
    const socket = this.#socket;
    if (socket && !socket.destroyed) await once(socket, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
    this.#socket = undefined;
  }

  [Symbol.dispose](): void {
    this.#socket?.destroy();
  }

  async #open(): Promise<Socket> {
    const socket = connect(this.#port, '127.0.0.1');
    await once(socket, 'connect');
    this.#received = Buffer.alloc(0);
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#arrived();
    });
    // An end in the middle is told by what asks.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#arrived();
      if (this.#socket === socket) this.#socket = undefined;
    });
    return socket;
  }

  #more(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`no answer within ${PATIENCE_MS} ms`));
      deadline.addEventListener('abort', late, { once: true });
      this.#arrived = () => {
        deadline.removeEventListener('abort', late);
        resolve();
      };
    });
  }

  #take(isBare: boolean): Answer | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const [statusLine = '', ...lines] = this.#received.toString('latin1', 0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const bodyEnd = end + 4 + (isBare ? 0 : Number(headers['content-length'] ?? 0));
    if (this.#received.length < bodyEnd) return undefined;
    const body = this.#received.toString('utf8', end + 4, bodyEnd);
    this.#received = this.#received.subarray(bodyEnd);
    return { status: Number(statusLine.split(' ')[1]), headers, body };
  }
}
