import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Service } from '../pipeline/service.ts';

const PROBE = join(import.meta.dirname, 'probe.ts');

/**
 * Both allocators of a process keep what was freed, and ever more the larger it was. Told not to (glibc's mallopt(3); V8's
 * young generation below), what is resident says what is held.
 */
const ALLOCATORS = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '2' };

export interface Memory {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
}

/** A started service that tells from inside what it costs. */
export class ProbedService implements Disposable {
  readonly url: string;
  readonly #socket: Socket;

  private constructor(url: string, socket: Socket) {
    this.url = url;
    this.#socket = socket;
  }

  /** @param folder where the socket is made; a path of one has little room */
  static async start(service: Service, folder: string): Promise<ProbedService> {
    const path = join(folder, `${service.name}.sock`);
    await service.start({
      ...ALLOCATORS,
      PROBE_SOCKET: path,
      NODE_OPTIONS: `--import=${PROBE} --max-semi-space-size=8`,
    });
    const socket = connect(path);
    await once(socket, 'connect');
    // The test ends when all else is done.
    socket.unref();
    return new ProbedService(service.url, socket);
  }

  /** All that the process has used so far, user and system time together. */
  async cpuMicros(): Promise<number> {
    return (await this.#ask<{ readonly cpuMicros: number }>('cpu')).cpuMicros;
  }

  /** After a collection of all garbage. */
  async memory(): Promise<Memory> {
    return await this.#ask<Memory>('memory');
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #ask<T>(question: string): Promise<T> {
    this.#socket.ref();
    this.#socket.write(`${question}\n`);
    const [line] = (await once(this.#socket, 'data')) as [Buffer];
    this.#socket.unref();
    return JSON.parse(line.toString()) as T;
  }
}
