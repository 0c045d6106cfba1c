/** An instant column as text, since a JavaScript date has no microseconds. */
export const instantText = (column: string, name = column): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${name}`;
