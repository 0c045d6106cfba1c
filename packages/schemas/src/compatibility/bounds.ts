import type { JsonObject } from '../json/canonical-json.ts';
import type { View } from './older.ts';

/** The numbers that a keyword has in the parts of a view. */
export const numbersOf = ({ parts }: View, keyword: string): number[] =>
  parts.map((part) => part[keyword]).filter((value) => typeof value === 'number');

interface Bound {
  readonly value: number;
  readonly isExclusive: boolean;
}

/** Whether all numbers that a view allows keep the lower limits of a schema. */
export function keepsMinimum(view: View, { minimum, exclusiveMinimum }: JsonObject, onlyIntegers: boolean): boolean {
  const bounds = [
    ...numbersOf(view, 'minimum').map((value) => ({ value, isExclusive: false })),
    ...numbersOf(view, 'exclusiveMinimum').map((value) => ({ value, isExclusive: true })),
  ].map((bound) => (onlyIntegers ? lowestInteger(bound) : bound));
  return bounds.some(
    ({ value, isExclusive }) =>
      (typeof minimum !== 'number' || value >= minimum) &&
      (typeof exclusiveMinimum !== 'number' || value > exclusiveMinimum || (isExclusive && value === exclusiveMinimum)),
  );
}

/** As `keepsMinimum`, of the upper limits. */
export function keepsMaximum(view: View, { maximum, exclusiveMaximum }: JsonObject, onlyIntegers: boolean): boolean {
  const mirrored: View = {
    ...view,
    parts: view.parts.map((part) => ({
      ...(typeof part.maximum === 'number' && { minimum: -part.maximum }),
      ...(typeof part.exclusiveMaximum === 'number' && { exclusiveMinimum: -part.exclusiveMaximum }),
    })),
  };
  const schema: JsonObject = {
    ...(typeof maximum === 'number' && { minimum: -maximum }),
    ...(typeof exclusiveMaximum === 'number' && { exclusiveMinimum: -exclusiveMaximum }),
  };
  return keepsMinimum(mirrored, schema, onlyIntegers);
}

const lowestInteger = ({ value, isExclusive }: Bound): Bound => ({
  value: isExclusive ? Math.floor(value) + 1 : Math.ceil(value),
  isExclusive: false,
});
