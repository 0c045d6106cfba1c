import { printable } from '@sluice/core';
import type { Violation } from '@sluice/schemas';
import { placeInValue } from './record-json.ts';

/** More than a few say nothing new. */
const MAX_TOLD = 3;
const MAX_DETAIL_LENGTH = 500;

/** Violations as the detail of a dead letter. */
export function toldViolations(violations: readonly Violation[]): string {
  const told = violations.slice(0, MAX_TOLD).map(({ pointer, detail }) => `${placeInValue(pointer)} ${detail}`);
  if (violations.length > MAX_TOLD) told.push(`and ${violations.length - MAX_TOLD} more`);
  return printable(told.join('; '), MAX_DETAIL_LENGTH);
}
