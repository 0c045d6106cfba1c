import type { BadInput, Door } from './bad-input.ts';
import type { Connection } from './connection.ts';
import { type GoodRequest, goodRequest, sizeLike, sizesOf } from './good-requests.ts';
import type { ProbedService } from './probed-service.ts';
import { TABLE } from './table.ts';

export interface Target {
  readonly service: ProbedService;
  readonly connection: Connection;
}

export type Targets = Readonly<Record<GoodRequest['to'], Target>>;

/** What a request of the table costs the service, in microseconds of CPU. */
export interface Cost {
  readonly bad: BadInput;
  readonly micros: number;
  /** What a good request of its kind and size costs, beside. */
  readonly goodMicros: number;
}

const DOORS = [...new Set(TABLE.map(({ door }) => door))];
/** Below this a process's account is too coarse to be divided by. */
const LEAST_MICROS = 50;

/** Measures the table round by round, good requests among bad ones, so that all meet the same load of the machine. */
export class Costs {
  readonly #targets: Targets;
  readonly #bad = new Map<BadInput, number[]>();
  readonly #good = new Map<string, number[]>();
  readonly #asking: number[] = [];

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  /** Sends each request of the table once. */
  async round(): Promise<void> {
    for (const door of DOORS) await this.#measureGood(door, 1);
    for (const bad of TABLE) await this.#measureBad(bad, 1);
  }

  /** Measures one request again, so often that neither collecting garbage nor another process decides. */
  async again(bad: BadInput, times: number): Promise<Cost> {
    this.#bad.delete(bad);
    for (const size of sizesOf(bad.door)) this.#good.delete(keyOf(bad.door, size));
    for (let round = 0; round < times; round++) {
      await this.#measureGood(bad.door, 3);
      await this.#measureBad(bad, 3);
    }
    return this.#costOf(bad);
  }

  all(): readonly Cost[] {
    return TABLE.map((bad) => this.#costOf(bad));
  }

  #costOf(bad: BadInput): Cost {
    const asking = median(this.#asking);
    const like = keyOf(bad.door, sizeLike(bad.door, bad.request.length));
    const net = (measured: readonly number[] = []): number => Math.max(median(measured) - asking, LEAST_MICROS);
    return { bad, micros: net(this.#bad.get(bad)), goodMicros: net(this.#good.get(like)) };
  }

  async #measureGood(door: Door, times: number): Promise<void> {
    for (const size of sizesOf(door)) {
      const { to, request } = goodRequest(door, size);
      note(
        this.#good,
        keyOf(door, size),
        await this.#measure(to, times, async ({ connection }) => {
          const { status, body } = await connection.ask(request);
          // What is not there has been looked for, which is all the work there is.
          if (status >= 300 && status !== 404) throw new Error(`a good request was answered ${status}: ${body}`);
        }),
      );
    }
  }

  async #measureBad(bad: BadInput, times: number): Promise<void> {
    note(
      this.#bad,
      bad,
      await this.#measure(bad.to, times, async ({ connection }) => {
        const { status } = await connection.ask(bad.request, bad.answer);
        if (status !== bad.answer.status) throw new Error(`${bad.name} was answered ${status}`);
        if (bad.answer.ends) await connection.ended();
      }),
    );
  }

  /** @returns microseconds for one request, with what it takes to ask for them */
  async #measure(to: GoodRequest['to'], times: number, send: (target: Target) => Promise<void>): Promise<number> {
    const target = this.#targets[to];
    const idle = await target.service.cpuMicros();
    const before = await target.service.cpuMicros();
    this.#asking.push(before - idle);
    for (let time = 0; time < times; time++) await send(target);
    const micros = (await target.service.cpuMicros()) - before;
    // Asking costs once, however many requests there were.
    return times === 1 ? micros : (micros - median(this.#asking)) / times + median(this.#asking);
  }
}

const keyOf = (door: Door, size: number): string => `${door} of ${size}`;

function note<Key>(samples: Map<Key, number[]>, key: Key, sample: number): void {
  const known = samples.get(key);
  if (known) known.push(sample);
  else samples.set(key, [sample]);
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
