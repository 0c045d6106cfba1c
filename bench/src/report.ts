import type { Bound, Ratio, Section } from './ratio.ts';

const round = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

function ratioLine({ name, measured, limit, unit, atLeast }: Ratio): { text: string; holds: boolean } {
  const ratio = measured / limit;
  const holds = ratio >= atLeast;
  const verdict = holds ? 'holds' : 'MISSED';
  return {
    text: `${name}: ${ratio.toFixed(3)} (at least ${atLeast}) ${verdict}: ${round(measured)} of ${round(limit)} ${unit}`,
    holds,
  };
}

function boundLine({ name, measured, unit, atMost }: Bound): { text: string; holds: boolean } {
  const holds = measured <= atMost;
  return { text: `${name}: ${round(measured)} ${unit} (at most ${atMost}) ${holds ? 'holds' : 'MISSED'}`, holds };
}

/** Prints a section; true where all its figures hold. */
export function print(title: string, { ratios, bounds, notes }: Section): boolean {
  console.log(`\n${title}`);
  const lines = [...ratios.map(ratioLine), ...bounds.map(boundLine)];
  for (const { text } of lines) console.log(`  ${text}`);
  for (const note of notes) console.log(`  (${note})`);
  return lines.every(({ holds }) => holds);
}
