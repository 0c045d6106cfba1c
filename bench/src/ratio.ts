/** One measured figure beside the limit it is held against. */
export interface Ratio {
  /** What was measured, in a few words. */
  readonly name: string;
  /** Median of the rounds, in `unit`. */
  readonly measured: number;
  /** Median of the limit, measured in the same run, in the same unit. */
  readonly limit: number;
  readonly unit: string;
  /** `measured / limit` has to be at least this. */
  readonly atLeast: number;
}

/** A figure that is held against a bound, not against another figure. */
export interface Bound {
  readonly name: string;
  readonly measured: number;
  readonly unit: string;
  readonly atMost: number;
}

export interface Section {
  readonly ratios: readonly Ratio[];
  readonly bounds: readonly Bound[];
  /** What the reader should know about how it was measured, or why something was not. */
  readonly notes: readonly string[];
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Nearest-rank percentile. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('no values to take a percentile of');
  return found;
}

/**
 * Runs the contestants in turn, `rounds` times over, so that what else the machine does hits all of them alike.
 * @returns per contestant its figures, in the order of the rounds
 */
export async function interleaved<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contestants) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) figures[name].push(await contestants[name]());
  }
  return figures;
}
