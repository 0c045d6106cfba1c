import { connect, type Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';

/**
 * The connections of one kafkajs client, so that they can be cut: kafkajs itself never closes a connection that stopped
 * answering, and would use a half-open one for the quarter of an hour until the operating system gives it up.
 */
export class Sockets {
  readonly #open = new Map<Socket, string>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true }, onConnect);
    this.#open.set(socket, `${host}:${port}`);
    socket.once('close', () => this.#open.delete(socket));
    // kafkajs ends a connection once nothing is under way on it. A peer that is gone would never end its side; and who
    // waits for the connection to be made must hear of it.
    socket.end = () => socket.destroy(socket.connecting ? new Error('given up while connecting') : undefined);
    if (this.#closed) process.nextTick(() => socket.destroy(new Error('the client was closed')));
    return socket;
  };

  /** Cuts the connections to `broker` (`host:port`), or all of them: what waits on them fails at once. */
  cut(reason: string, broker?: string): void {
    for (const [socket, address] of this.#open) {
      if (broker === undefined || address === broker) socket.destroy(new Error(reason));
    }
  }

  /** Cuts everything, now and later: whatever kafkajs still tries in the background comes to its end. */
  close(): void {
    this.#closed = true;
    this.cut('the client was closed');
  }
}
