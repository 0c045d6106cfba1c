/** An event type of the example, and what its events may hold. */
export interface Example {
  readonly client: string;
  readonly event: string;
  readonly field: string;
  readonly values: readonly string[];
}

/** What the old system came with to be tried out. */
export const EXAMPLES = {
  fruits: {
    client: 'SpongeBob',
    event: 'Fruits',
    field: 'fruit',
    values: [
      ...['apple', 'banana', 'orange', 'pineapple', 'pear'],
      ...['grapes', 'watermelon', 'lemon', 'strawberry', 'blueberry'],
    ],
  },
  colors: {
    client: 'SpongeBob',
    event: 'Colors',
    field: 'color',
    values: [
      ...['blue', 'red', 'pink', 'black', 'white', 'green', 'yellow'],
      ...['purple', 'violet', 'orange', 'brown', 'cyan', 'gray'],
    ],
  },
} as const satisfies Record<string, Example>;

export type ExampleName = keyof typeof EXAMPLES;

/** The schema, the same that the old script registered: the field has to be there. */
export const schemaOf = ({ field }: Example) => ({ type: 'object', required: [field] });

export function randomEvent({ field, values }: Example, random: () => number): Readonly<Record<string, string>> {
  return { [field]: values[Math.floor(random() * values.length)] ?? '' };
}

/** As the old script shows it. No value has a quote. */
export const shownEvent = (event: Readonly<Record<string, string>>): string =>
  `{${Object.entries(event).map(([name, value]) => `'${name}': '${value}'`)}}`;
