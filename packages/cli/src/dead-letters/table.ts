import { printable } from '@sluice/core';
import type { Summary } from './api.ts';

const COLUMNS: readonly { readonly title: string; readonly of: (summary: Summary) => string }[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'ACCEPTED', of: ({ created_at: acceptedAt }) => acceptedAt.replace(/\.\d+Z$/, 'Z') },
  { title: 'STREAM', of: ({ stream }) => stream },
  { title: 'STATE', of: ({ state }) => state },
  { title: 'REASON', of: ({ reason }) => reason },
  { title: 'BYTES', of: ({ value_bytes: bytes }) => String(bytes) },
  // The last, since it may have any length.
  { title: 'DETAIL', of: ({ detail }) => detail },
];

/** Longer cells would push the others out of the window. */
const MAX_CELL = 100;
const GAP = '  ';

/** Dead letters as lines for people, the first with the titles. What strangers wrote cannot move the cursor. */
export function tableOf(summaries: readonly Summary[]): string[] {
  const rows = summaries.map((summary) => COLUMNS.map((column) => printable(column.of(summary), MAX_CELL)));
  const all = [COLUMNS.map(({ title }) => title), ...rows];
  const widths = COLUMNS.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}
